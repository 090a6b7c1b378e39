"""What Tracee's events say of the network: connections, packets and names.

Knows their arguments and takes who did it as given. A packet does not say which of its ends is this host,
nor which one asked: where neither its direction nor the addresses and ports tell, it is nothing.
"""

from typing import Any

import msgspec

from app.events import AnyEvent, ConnectionIn, ConnectionOut, NameResolved, PortListening
from app.sources._network import FIRST_EPHEMERAL, address, is_inside, port_of
from app.sources._tracee_arguments import Arguments
from app.sources._tracee_shapes import (
    Answer,
    Flags,
    Message,
    Packet,
    Question,
    Questions,
    Response,
    Responses,
    SocketAddress,
)
from app.sources._values import Value, number_of, text_of

ACCEPTS = {"accept": "addr", "accept4": "addr", "socket_accept": "remote_address"}
"""Events of a connection that came in, and the argument that says from where."""
CONNECTS = {"connect": "addr", "security_socket_connect": "remote_addr"}
_FIRST_FREE = 1024
_MOST_NAMES = 64

_addresses: msgspec.json.Decoder[SocketAddress] = msgspec.json.Decoder(SocketAddress)
_packets: msgspec.json.Decoder[Packet] = msgspec.json.Decoder(Packet)
_flags: msgspec.json.Decoder[Flags] = msgspec.json.Decoder(Flags)
_messages: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_questions: msgspec.json.Decoder[list[Question] | Questions] = msgspec.json.Decoder(list[Question] | Questions)
_responses: msgspec.json.Decoder[list[Response] | Responses] = msgspec.json.Decoder(list[Response] | Responses)

_End = tuple[str, int]


def of_socket(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return what a call on a socket says, or why it is not of interest."""
    if name == "net_tcp_connect":
        remote = _end(args.scalar("dst"), args.scalar("dst_port"))
        if remote is None:
            return [], f"{name} without an address"
        events: list[AnyEvent] = [ConnectionOut(**who, remote_ip=remote[0], remote_port=remote[1])]
        return [*events, *_known_as(args.strings("dst_dns"), remote[0], who)], ""
    if name in ("listen", "security_socket_listen"):
        local = args.read("local_addr", _addresses)
        found = _port_of(local)
        if local is None or found is None:
            return [], f"{name} without a port"
        return [PortListening(**who, port=found, ip=text_of(local.sin_addr) or text_of(local.sin6_addr))], ""
    remote = _remote(args, (ACCEPTS | CONNECTS)[name])
    if remote is None:
        return [], f"{name} without an address"
    if name in ACCEPTS:
        here = args.read("local_address", _addresses)
        return [ConnectionIn(**who, remote_ip=remote[0], remote_port=remote[1], local_port=_port_of(here))], ""
    protocol = "udp" if args.scalar("type") in ("SOCK_DGRAM", 2) else "tcp"
    return [ConnectionOut(**who, remote_ip=remote[0], remote_port=remote[1], protocol=protocol)], ""


def of_flow(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return the connection that a flow's beginning is; its source is who asked."""
    asked = _end(args.scalar("src"), args.scalar("src_port"))
    answered = _end(args.scalar("dst"), args.scalar("dst_port"))
    direction = args.text("conn_direction")
    if asked is None or answered is None or direction not in ("incoming", "outgoing"):
        return [], f"{name} of unknown direction"
    if direction == "incoming":
        return [_connection(ConnectionIn, asked, answered, "tcp", who)], ""
    events: list[AnyEvent] = [_connection(ConnectionOut, answered, asked, "tcp", who)]
    return [*events, *_known_as(args.strings("dst_dns"), answered[0], who)], ""


def of_packet(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return the connection that a packet is part of, if it tells."""
    source, target, is_out = _ends(args)
    if source is None or target is None:
        return [], f"{name} without addresses"
    protocol = "udp" if "udp" in name else "tcp"
    asks = _asks(args, source, target)
    if is_out is None or asks is None:
        return [], f"{name} of unknown direction"
    local, remote = (source, target) if is_out else (target, source)
    made = ConnectionOut if asks == is_out else ConnectionIn
    return [_connection(made, remote, local, protocol, who)], ""


def of_names(name: str, args: Arguments, who: dict[str, Any]) -> tuple[list[AnyEvent], str]:
    """Return the names that were looked up, with the addresses that came back."""
    _, _, is_out = _ends(args)
    found: list[tuple[str, list[Answer]]] = []
    is_answer = name == "net_packet_dns_response"
    message = args.read("proto_dns", _messages)
    if message is not None:
        is_answer = number_of(message.QR) == 1 or number_of(message.qr) == 1
        found = [(each.name, message.answers or []) for each in message.questions or ()]
    asked = args.read("dns_questions", _questions)
    for question in (asked.questions if isinstance(asked, Questions) else asked) or ():
        found.append((question.query or question.name, []))
    for argument in ("dns_response", "dns_responses"):
        answered = args.read(argument, _responses)
        for response in (answered.responses if isinstance(answered, Responses) else answered) or ():
            data = response.query_data or response.dns_query_data
            found.append((data.query if data else "", response.dns_answer or []))
    if is_out is not None and is_out == is_answer:
        return [], f"{name} at the server"
    events: list[AnyEvent] = [
        NameResolved(
            **who,
            domain=domain,
            answers=tuple(ip for each in answers if (ip := address(each.IP or each.ip or each.answer))),
        )
        for domain, answers in found[:_MOST_NAMES]
        if domain
    ]
    return events, f"{name} without a name"


def _connection(
    made: type[ConnectionIn | ConnectionOut], remote: _End, local: _End, protocol: str, who: dict[str, Any]
) -> ConnectionIn | ConnectionOut:
    return made(
        **who,
        remote_ip=remote[0],
        remote_port=remote[1],
        protocol=protocol,
        local_ip=local[0],
        local_port=local[1] or None,
    )


def _known_as(names: list[str], ip: str, who: dict[str, Any]) -> list[AnyEvent]:
    """Return that names stand for an address, as seen on this host by whomever."""
    when = {key: who[key] for key in ("at", "host", "sensor")}
    return [NameResolved(**when, domain=name, answers=(ip,)) for name in names[:_MOST_NAMES] if name]


def _end(ip: Value, port: Value) -> _End | None:
    found = address(text_of(ip))
    return (found, port_of(port) or 0) if found else None


def _remote(args: Arguments, name: str) -> _End | None:
    said = args.read(name, _addresses)
    if said is None:
        return None
    return _end(said.sin_addr, said.sin_port) or _end(said.sin6_addr, said.sin6_port)


def _port_of(said: SocketAddress | None) -> int | None:
    return None if said is None else port_of(said.sin_port) or port_of(said.sin6_port)


def _ends(args: Arguments) -> tuple[_End | None, _End | None, bool | None]:
    """Return where a packet came from, where it went, and whether it went out, as far as that is known."""
    packet = args.read("metadata", _packets) or Packet()
    source = _end(packet.src_ip, packet.src_port) or _end(args.scalar("src"), args.scalar("src_port"))
    target = _end(packet.dst_ip, packet.dst_port) or _end(args.scalar("dst"), args.scalar("dst_port"))
    direction = str(packet.direction).lower()
    if direction in ("egress", "3"):
        return source, target, True
    if direction in ("ingress", "1"):
        return source, target, False
    if source is None or target is None or is_inside(source[0]) == is_inside(target[0]):
        return source, target, None
    return source, target, is_inside(source[0])


def _asks(args: Arguments, source: _End, target: _End) -> bool | None:
    """Return whether a packet's source is the client: by TCP's flags, else by the ports."""
    flags = args.read("proto_tcp", _flags)
    if flags is not None and (number_of(flags.SYN) == 1 or number_of(flags.syn_flag) == 1):
        return not (number_of(flags.ACK) == 1 or number_of(flags.ack_flag) == 1)
    for first in (FIRST_EPHEMERAL, _FIRST_FREE):
        if (source[1] >= first) != (target[1] >= first) and source[1] and target[1]:
            return source[1] >= first
    return None
