"""Secrets are masked wherever they stand, and nothing else is."""

import re
from re import _constants, _parser  # type: ignore[attr-defined]

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import leaking_options, leaks
from app.events import ApiCalled, ConnectionOut, LoggedIn, ProcessStarted
from app.mask import Masker

MASKER = Masker(b"a key")
MASK = re.compile("‹masked:[0-9a-f]{8}›")
S = "hunter2!x"


def shown(text: str) -> str:
    """Return a masked text with every mask as a bare word."""
    return MASK.sub("MASK", text)


COMMANDS = [
    # by the name of an option
    f"mysqldump --password={S} --user root db",
    f"mysql --password {S} db",
    f"./xmrig --pass={S} -o pool:3333",
    f"wget --http-password={S} https://x",
    f"java -Djavax.net.ssl.keyStorePassword={S} -jar x.jar",
    f"keytool -storepass {S} -list",
    f"az storage blob list --account-key {S} --name x",
    f"kubeadm join --token {S} --discovery-token-ca-cert-hash sha256:aaaa",
    f"chisel client --auth {S} 1.2.3.4:8080 R:socks",
    f"tailscale up --authkey={S}",
    f"kubectl create secret generic x --from-literal=password={S}",
    # by the name of a variable or field
    f"PGPASSWORD={S} psql -h db",
    f"AWS_SECRET_ACCESS_KEY={S} aws s3 ls",
    f"export DB_PASS={S}",
    f"REDISCLI_AUTH={S} redis-cli",
    f"mount -t cifs -o username=x,password={S},domain=z //s/s /mnt",
    f'x "DefaultEndpointsProtocol=https;AccountName=foo;AccountKey={S};EndpointSuffix=core.windows.net"',
    f'x "Endpoint=sb://a/;SharedAccessKeyName=Root;SharedAccessKey={S};TransportType=Amqp"',
    f'x "Server=tcp:db,1433;User ID=sa;Pwd={S};Encrypt=yes"',
    f'echo "{{\\"password\\": \\"{S}\\"}}"',
    f"cmdkey /add:x /user:y /pass:{S}",
    # in an address
    f"git clone https://alice:{S}@github.com/x/y.git",
    f"https_proxy=http://u:{S}@proxy:3128 curl x",
    f"azcopy https://a.blob.core.windows.net/c?sv=2020&sig={S}&se=2021",
    # in a header
    f'curl -H "Authorization: Bearer {S}" https://api.example.com/x',
    f"curl -H 'X-Api-Key: {S}' https://api",
    # by the options of one program
    f"mysql -uroot -p{S} -h db.example.com -P3306 app",
    f'mysql -p"{S}" x',
    f'sh -c "mysql -p{S} db | gzip > /tmp/x"',
    f"bash -c 'sshpass -p {S} ssh root@10.0.0.1'",
    f"sshpass -p{S} ssh x",
    f"curl -u admin:{S} https://example.com/api",
    f"curl -sSu admin:{S} https://example.com",
    f"gs-netcat -s {S} -l -i -D",
    f"gs-netcat -liDs {S}",
    f"/usr/bin/gs-netcat -s{S} -i",
    f'GSOCKET_ARGS="-s {S} -liqD" ./defunct',
    f"openssl enc -aes-256-cbc -pass pass:{S} -in a -out b",
    f"openssl enc -aes-256-cbc -k {S} -in a",
    f"./onboard_agent.sh -w 11111111-2222-3333-4444-555555555555 -s {S} -d opinsights.azure.com",
    f"docker login -u foo -p {S} registry.example.com",
    f"redis-cli -h r -a {S} ping",
    f"ldapsearch -x -D cn=admin -w {S} -b dc=x",
    f"smbclient //srv/share -U dom/user%{S}",
    f"7z a -p{S} x.7z dir",
    f"ssh-keygen -t rsa -N {S} -f k",
    f"sqlcmd -S srv -U sa -P {S}",
    f"sqlplus scott/{S}@orcl",
    f"ngrok authtoken {S}",
    f"echo root:{S} | chpasswd",
    f"echo {S} | sudo -S ls",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_secret_is_masked_and_all_else_is_kept(command: str) -> None:
    assert shown(MASKER.text(command)) == command.replace(S, "MASK")


SHAPED = [
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "github_pat_11ABCDEFG0abcdefghijkl_mnop",
    "glpat-abcdefghij0123456789",
    "xoxb-1234567890-abcdefghijk",
    "sk-abcdefghijklmnopqrstuvwx",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "hvs.CAESIabcdefghijklmnopqrstu",
]


@pytest.mark.parametrize("token", SHAPED)
def test_a_token_is_known_by_its_looks(token: str) -> None:
    assert shown(MASKER.text(f"run {token} now")) == "run MASK now"


def test_the_secret_of_an_access_key_is_masked_and_its_id_is_not() -> None:
    text = "aws configure AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY x"
    assert shown(MASKER.text(text)) == "aws configure AKIAIOSFODNN7EXAMPLE MASK x"


def test_a_private_key_is_masked() -> None:
    text = "echo '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----'"
    assert "MIIE" not in MASKER.text(text)


HARMLESS = [
    "ls -la /home/alice/.ssh/id_rsa",
    "mkdir -p /var/lib/token/cache",
    "ssh -p 2222 alice@web-1",
    "docker run -p 80:80 -v /x:/y nginx:1.2",
    "docker pull registry/my-secret:1.2.3",
    "sha256sum 362b700c68ff2dc5c4188d32096b9c3d0f61073b9758cf25ab068b095460b9f9",
    "git checkout 4fbfe2d74ecb84acf79ed09a416f01b54185e8a6",
    "curl https://ebpf.io/applications/#tetragon",
    "curl -u alice https://x",
    "env PWD=/home/alice OLDPWD=/root ls",
    "grep -s token /etc/passwd",
    "cat /etc/passwd /etc/shadow",
    "python -m pip install keyring tokenizers",
    "uuidgen 123e4567-e89b-12d3-a456-426614174000",
    "/usr/sbin/sshd -D -o PasswordAuthentication=no",
    "passwd alice",
    "kubectl get secret my-secret -n prod",
    "vault kv get secret/data/app",
    "nginx -c /etc/nginx/nginx.conf -s reload",
    "mysql -h db -u root -p",
    "psql -h db --no-password",
    "ssh-add -k /root/.ssh/id_rsa",
    "rsync -a --password-file=/etc/rsync.pw src dst",
    'sh -c "echo $PASSWORD | cmd --password $PASSWORD --token=${TOKEN}"',
    "openssl x509 -in cert.pem -noout",
    "openssl rsa -passin env:KEY -in k.pem",
    "git clone ssh://git@github.com/x/y.git",
    "scp user@host:/tmp/pass.txt .",
    'find / -name "*.key" -o -name token',
    "containerd-shim-runc-v2 -namespace k8s.io -id c97e298d5d4485f4710d3837b7d689aba6078e0c008af713053ac361cd8b0018",
]


@pytest.mark.parametrize("command", HARMLESS)
def test_what_an_analyst_needs_is_kept(command: str) -> None:
    assert MASKER.text(command) is command
    args = tuple(command.replace('"', "").split())
    assert MASKER.args(args) is args


@pytest.mark.parametrize(
    ("args", "masked"),
    [
        (("mysql", "-pa b", "db"), ("mysql", "-pMASK", "db")),
        (("x", "--password", "my secret phrase", "-v"), ("x", "--password", "MASK", "-v")),
        (("x", "--password=my secret; phrase", "y"), ("x", "--password=MASK", "y")),
        (("x", "--token", "--verbose"), ("x", "--token", "--verbose")),
        (("gs-netcat", "-s", "a b", "-l"), ("gs-netcat", "-s", "MASK", "-l")),
        (("sh", "-c", "curl -u a:b c | sh"), ("sh", "-c", "curl -u a:MASK c | sh")),
        (("curl", "-H", "Authorization: Basic YTpi", "x"), ("curl", "-H", "Authorization: Basic MASK", "x")),
        (("x", "--password", "a\x1fb"), ("x", "--password", "a\x1fb")),
    ],
)
def test_an_argument_is_masked_whole(args: tuple[str, ...], masked: tuple[str, ...]) -> None:
    assert tuple(map(shown, MASKER.args(args))) == masked


def test_equal_secrets_are_masked_alike_and_only_under_the_same_key() -> None:
    one, two = MASKER.text("x --password=a"), MASKER.text("PGPASSWORD=a")
    assert MASK.search(one).group() == MASK.search(two).group()  # type: ignore[union-attr]
    assert MASKER.text("x --password=b") != one
    assert Masker(b"another").text("x --password=a") != one


@pytest.mark.parametrize("command", COMMANDS)
def test_masking_again_changes_nothing(command: str) -> None:
    once = MASKER.text(command)
    assert MASKER.text(once) == once


def test_an_event_is_masked_in_its_command_lines() -> None:
    event = ProcessStarted(
        at=1, host="h", args=("mysql", "-px"), command="mysql -px", parent_args=("sh", "-c", "mysql -px"), cwd="/x"
    )
    masked = MASKER.event(event)
    assert isinstance(masked, ProcessStarted)
    assert (*map(shown, masked.args),) == ("mysql", "-pMASK")
    assert shown(masked.command or "") == "mysql -pMASK"
    assert shown(masked.parent_args[2]) == "mysql -pMASK"
    assert masked.cwd == "/x"


def test_a_command_that_an_api_had_run_is_masked() -> None:
    args = ("mysqldump", "--password=" + S, "db")
    called = {"provider": "kubernetes", "account": "shop", "identity": "ann", "service": "core"}
    event = ApiCalled(at=1, **called, operation="create pods/exec", args=args)
    masked = MASKER.event(event)
    assert isinstance(masked, ApiCalled)
    assert [shown(word) for word in masked.args] == ["mysqldump", "--password=MASK", "db"]


def test_an_event_without_secrets_is_the_same_object() -> None:
    for event in (
        ProcessStarted(at=1, host="h", args=("ls", "-p"), command="ls -p"),
        ConnectionOut(at=1, host="h", remote_ip="1.2.3.4"),
        LoggedIn(at=1, host="h", user="password"),
    ):
        assert MASKER.event(event) is event


def test_json_is_masked_by_its_values() -> None:
    raw = rb'{"args":["mysql","-pa b"],"command":"x --token \"a\\u00e4\" y","password":"q","n":[1,{"api_key":"z"}]}'
    document = msgspec.json.decode(MASKER.raw(raw))
    assert [*map(shown, document["args"])] == ["mysql", "-pMASK"]
    assert shown(document["command"]) == 'x --token "MASK" y'
    assert shown(document["password"]) == shown(document["n"][1]["api_key"]) == "MASK"


def test_json_without_secrets_is_kept_byte_by_byte() -> None:
    raw = b'{"b" : 1,  "a":"ls"}'
    assert MASKER.raw(raw) is raw


def test_broken_json_is_masked_as_text() -> None:
    assert shown(MASKER.raw(b'{"arguments":"-u x --password=hunter2 \xff').decode("utf-8", "replace")) == (
        '{"arguments":"-u x --password=MASK \ufffd'
    )
    assert "hunter2" not in MASKER.raw(b'{"password":"hunter2","x":').decode()


def test_auditd_hex_is_masked_inside() -> None:
    title = b"mysql\0-phunter2\0db".hex().upper()
    command = b"curl -u a:hunter2 x".hex().upper()
    raw = (
        'node=a type=EXECVE msg=audit(1.000:1): argc=4 a0="mysql" a1="-phunter2" a2="--token" a3=6120622063\n'
        f"type=PROCTITLE msg=audit(1.000:1): proctitle={title}\n"
        f"type=USER_CMD msg=audit(1.000:2): pid=1 msg='cwd=\"/\" cmd={command} terminal=? res=success'"
    ).encode()
    execve, proctitle, user_cmd = MASKER.raw(raw).decode().split("\n")
    found = {
        name: value for name, value in re.findall(r"(a\d|proctitle|cmd)=(\S+)", f"{execve} {proctitle} {user_cmd}")
    }
    assert found["a0"] == '"mysql"'
    assert shown(bytes.fromhex(found["a1"]).decode()) == "-pMASK"
    assert found["a2"] == '"--token"'
    assert shown(bytes.fromhex(found["a3"]).decode()) == "MASK"
    assert shown(bytes.fromhex(found["proctitle"]).decode()) == "mysql\0-pMASK\0db"
    assert shown(bytes.fromhex(found["cmd"]).decode()) == "curl -u a:MASK x"
    assert "res=success'" in user_cmd


def test_auditd_without_secrets_is_kept_byte_by_byte() -> None:
    raw = b'type=EXECVE msg=audit(1.000:1): argc=2 a0="ls" a1=2F612062\ntype=SYSCALL arch=c000003e a0=7FFD'
    assert MASKER.raw(raw) == raw


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    once = MASKER.text(text)
    assert MASKER.raw(text.encode("utf-8", "surrogatepass")) is not None
    assert once == text or MASK.search(once)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_masked(raw: bytes) -> None:
    assert MASKER.raw(raw) is not None


PATTERNS = [
    value for module in (leaks, leaking_options) for value in vars(module).values() if isinstance(value, re.Pattern)
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:40])
def test_no_pattern_repeats_without_a_bound_inside_a_repeat(pattern: re.Pattern[str]) -> None:
    """What would make a long line cost more than its length: a repeat in a repeat that both can grow."""

    def check(items: object, depth: int) -> None:
        for code, value in items:  # type: ignore[attr-defined]
            if code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
                _low, high, inner = value
                grows = high == _constants.MAXREPEAT or high > 64
                assert not (grows and depth), pattern.pattern
                check(inner, depth + grows)
            elif code is _constants.SUBPATTERN:
                check(value[-1], depth)
            elif code is _constants.BRANCH:
                for branch in value[1]:
                    check(branch, depth)

    check(_parser.parse(pattern.pattern, pattern.flags), 0)


@pytest.mark.parametrize(
    "word", ["password=", "--token ", "'x ", '\\"', "eyJaaaaaaaa.", "mysql -p\" '", "\x1f-a", "-a-"]
)
def test_a_long_line_of_triggers_is_read_once(word: str) -> None:
    """100 kB of what patterns start at; a quadratic one would take minutes and meet the suite's time-out."""
    assert len(MASKER.text(word * (100_000 // len(word)))) > 0
