"""Who is who: the same thing has the same name, whoever says it."""

from ipaddress import ip_network

import pytest

from app.identity import (
    Address,
    Binary,
    Domain,
    Image,
    User,
    address_of,
    binary_of,
    container_of,
    domain_of,
    image_of,
    path_of,
    user_of,
)

PYTHON = "/usr/bin/python3.11"
JAVA = "/opt/jdk-21/bin/java"


@pytest.mark.parametrize(
    ("binary", "args", "cwd", "kind", "name"),
    [
        ("/usr/sbin/nginx", "nginx -g x", None, "executable", "/usr/sbin/nginx"),
        ("/bin/grep", "grep x", None, "executable", "/usr/bin/grep"),
        ("/sbin/modprobe", "", None, "executable", "/usr/sbin/modprobe"),
        ("//bin//../bin/ls", "", None, "executable", "/usr/bin/ls"),
        ("/usr/bin/tool (deleted)", "", None, "executable", "/usr/bin/tool"),
        ("/usr/bin/tool;5f3a9c1b (deleted)", "", None, "executable", "/usr/bin/tool"),
        ("/memfd:payload (deleted)", "", None, "executable", "memfd:payload"),
        ("/proc/4711/fd/3", "", None, "executable", "/proc/self/fd"),
        ("bash", "", None, "executable", "bash"),
        ("/usr/bin/env", "env python3 x.py", None, "executable", "/usr/bin/env"),
        ("/tmp/run.sh", "/tmp/run.sh", None, "script", "/tmp/run.sh"),
        # The name that a process gives itself says nothing.
        ("/usr/local/bin/gs-netcat", "[kswapd0]", None, "executable", "/usr/local/bin/gs-netcat"),
        # Python
        (PYTHON, "python3 app.py", "/srv", "script", "/srv/app.py"),
        (PYTHON, "python3 -W ignore -X dev -u ../x.py --y", "/srv/app", "script", "/srv/x.py"),
        (PYTHON, "python3 -Wignore -Bu x.py", None, "script", "x.py"),
        (PYTHON, "python3 -m http.server 80", "/srv", "module", "http.server"),
        (PYTHON, "python3 -Im pip install x", None, "module", "pip"),
        (PYTHON, "python3 -c print() x.py", None, "executable", PYTHON),
        (PYTHON, "python3 -Bc print()", None, "executable", PYTHON),
        (PYTHON, "python3 -", None, "executable", PYTHON),
        (PYTHON, "python3", None, "executable", PYTHON),
        (PYTHON, "", None, "executable", PYTHON),
        ("/usr/bin/pypy3", "pypy3 x.py", "/", "script", "/x.py"),
        # Shells
        ("/bin/bash", "bash ./deploy.sh prod", "/opt", "script", "/opt/deploy.sh"),
        ("/bin/bash", "bash -euo pipefail /x.sh", None, "script", "/x.sh"),
        ("/bin/bash", "bash --rcfile /etc/rc -x /x.sh", None, "script", "/x.sh"),
        ("/bin/bash", "bash +o history -O extglob /x.sh", None, "script", "/x.sh"),
        ("/bin/bash", "bash -lc x.sh", None, "executable", "/usr/bin/bash"),
        ("/bin/sh", "sh -s arg", None, "executable", "/usr/bin/sh"),
        ("/bin/sh", "sh -- -x.sh", "/", "script", "/-x.sh"),
        ("/bin/bash", "bash /dev/fd/63", None, "executable", "/usr/bin/bash"),
        ("/usr/bin/zsh", "-zsh", None, "executable", "/usr/bin/zsh"),
        # Java
        (JAVA, "java -Xmx1g -jar app.jar --port 1", "/opt", "jar", "/opt/app.jar"),
        (JAVA, "java -jar -Xmx1g /opt/app.jar", None, "jar", "/opt/app.jar"),
        (JAVA, "java -cp a.jar:b.jar -Dk=v @opts org.x.Main -jar y", None, "main_class", "org.x.Main"),
        (JAVA, "java --add-opens a/b=c org/x/Main", None, "main_class", "org.x.Main"),
        (JAVA, "java -p mods -m shop/org.x.Main", None, "module", "shop/org.x.Main"),
        (JAVA, "java --module=shop", None, "module", "shop"),
        (JAVA, "java Hello.java", "/tmp", "script", "/tmp/Hello.java"),
        (JAVA, "java -version", None, "executable", JAVA),
        # The others
        ("/usr/bin/node", "node -r ts-node/register --max-old-space-size=4 s.js", "/app", "script", "/app/s.js"),
        ("/usr/bin/node", "node --require x --inspect=9229 s.js", "/", "script", "/s.js"),
        ("/usr/bin/node", "node -e 1 s.js", "/", "executable", "/usr/bin/node"),
        ("/usr/bin/ruby2.7", "ruby -rjson -I lib -W0 a.rb", "/", "script", "/a.rb"),
        ("/usr/bin/ruby", "ruby -e 1", "/", "executable", "/usr/bin/ruby"),
        ("/usr/bin/perl5.34.0", "perl -w -I lib -MData::Dumper x.pl", "/", "script", "/x.pl"),
        ("/usr/bin/perl", "perl -lane print", "/", "executable", "/usr/bin/perl"),
        ("/usr/bin/php8.1", "php -d a=b -f x.php", "/", "script", "/x.php"),
        ("/usr/bin/php", "php -S 0.0.0.0:80 -t pub router.php", "/", "script", "/router.php"),
        ("/usr/bin/php", "php artisan queue:work", "/app", "script", "/app/artisan"),
        ("/usr/sbin/php-fpm8.1", "php-fpm: pool www", None, "executable", "/usr/sbin/php-fpm8.1"),
        # busybox is what it is called
        ("/bin/busybox", "wget http://x", None, "executable", "/usr/bin/busybox wget"),
        ("/bin/busybox", "busybox nc -l", None, "executable", "/usr/bin/busybox nc"),
        ("/bin/busybox", "/bin/sh /x.sh", None, "script", "/x.sh"),
        ("/bin/busybox", "sh -c ls", None, "executable", "/usr/bin/busybox sh"),
        ("/bin/busybox", "(odd)", None, "executable", "/usr/bin/busybox"),
    ],
)
def test_a_program_has_one_name(binary: str, args: str, cwd: str | None, kind: str, name: str) -> None:
    assert binary_of(binary, args.split(), cwd) == Binary(kind, name)  # type: ignore[arg-type]


@pytest.mark.parametrize("binary", [None, "", "-", "<NA>", "<unknown process>", "(null)"])
def test_a_placeholder_is_no_program(binary: str | None) -> None:
    assert binary_of(binary, ("x",)) is None


def test_a_very_long_command_line_is_read_too() -> None:
    args = ("java", *(f"-Dproperty.{number}=value" for number in range(500)), "org.x.Main")
    assert binary_of(JAVA, args) == Binary("main_class", "org.x.Main")


def test_what_ran_and_what_was_written_have_the_same_path() -> None:
    ran = binary_of("/bin/tool (deleted)")
    assert ran is not None
    assert path_of("tool", "/bin") == path_of("/bin//tool") == ran.name == "/usr/bin/tool"


@pytest.mark.parametrize(
    ("name", "uid", "domain", "shared", "key"),
    [
        ("alice", 1000, None, False, "alice@web-1"),
        ("alice", 1000, None, True, "alice"),
        (None, 1000, None, False, "1000@web-1"),
        (None, 1000, None, True, "1000@web-1"),
        ("1000", None, None, False, "1000@web-1"),
        (None, 0, None, True, "root@web-1"),
        ("root", None, None, True, "root@web-1"),
        ("toor", 0, None, False, "root@web-1"),
        ("Alice", None, "CORP", False, "corp\\alice"),
        ("CORP\\Alice", None, None, False, "corp\\alice"),
        ("alice@corp.example", 5000, None, False, "corp.example\\alice"),
        ("bob", None, "WEB-1", False, "bob@web-1"),
        ("SYSTEM", None, "NT AUTHORITY", True, "nt authority\\system@web-1"),
    ],
)
def test_a_user_has_one_key(name: str | None, uid: int | None, domain: str | None, shared: bool, key: str) -> None:
    user = user_of(name, uid, domain, "web-1", shared)
    assert user is not None
    assert user.key == key


@pytest.mark.parametrize(
    ("name", "uid"), [(None, None), ("-", None), (None, 4294967295), ("(invalid user)", -1), ("unset", 4294967295)]
)
def test_a_placeholder_is_no_user(name: str | None, uid: int | None) -> None:
    assert user_of(name, uid, None, "web-1") is None


def test_the_name_and_number_of_a_user_are_kept() -> None:
    assert user_of("CORP\\Alice", 7, None, "web-1") == User("corp\\alice", "Alice", 7, "CORP")


@pytest.mark.parametrize(
    ("text", "ip", "external"),
    [
        ("8.8.8.8", "8.8.8.8", True),
        ("::ffff:8.8.8.8", "8.8.8.8", True),
        ("0:0:0:0:0:ffff:808:808", "8.8.8.8", True),
        ("[2606:4700::1111%eth0]", "2606:4700::1111", True),
        ("2606:4700:0:0:0:0:0:1111", "2606:4700::1111", True),
        ("10.0.0.1", "10.0.0.1", False),
        ("100.64.0.1", "100.64.0.1", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("169.254.169.254", "169.254.169.254", False),
        ("168.63.129.16", "168.63.129.16", False),
        ("239.255.255.250", "239.255.255.250", False),
        ("224.0.0.251", "224.0.0.251", False),
        ("255.255.255.255", "255.255.255.255", False),
        ("203.0.113.9", "203.0.113.9", False),
        ("240.0.0.1", "240.0.0.1", False),
        ("2001:db8::1", "2001:db8::1", False),
        ("3fff::1", "3fff::1", False),
        ("fe80::1%2", "fe80::1", False),
        ("fd00:ec2::254", "fd00:ec2::254", False),
        ("ff02::fb", "ff02::fb", False),
        ("64:ff9b::a00:1", "64:ff9b::a00:1", False),
        ("64:ff9b::808:808", "64:ff9b::808:808", True),
        ("2002:a00:1::1", "2002:a00:1::1", False),
    ],
)
def test_an_address_is_outside_or_not(text: str, ip: str, external: bool) -> None:
    assert address_of(text) == Address(ip, 6 if ":" in ip else 4, external)


@pytest.mark.parametrize("text", [None, "", "-", "0.0.0.0", "::", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0", "x", "1.2.3"])
def test_a_placeholder_is_no_address(text: str | None) -> None:
    assert address_of(text) is None


def test_the_user_may_name_more_internal_ranges() -> None:
    inside = (ip_network("8.8.0.0/16"), ip_network("2606:4700::/32"))
    assert address_of("8.8.8.8", inside) == Address("8.8.8.8", 4, False)
    assert address_of("2606:4700::1", inside) == Address("2606:4700::1", 6, False)
    assert address_of("9.9.9.9", inside) == Address("9.9.9.9", 4, True)


@pytest.mark.parametrize(
    ("text", "name", "registered"),
    [
        ("L.gs.THC.org.", "l.gs.thc.org", "thc.org"),
        ("thc.org", "thc.org", "thc.org"),
        ("a.b.co.uk", "a.b.co.uk", "b.co.uk"),
        ("co.uk", "co.uk", None),
        ("foo.github.io", "foo.github.io", "foo.github.io"),
        ("_ldap._tcp.corp.com", "_ldap._tcp.corp.com", "corp.com"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de", "xn--bcher-kva.de"),
    ],
)
def test_a_domain_has_one_name(text: str, name: str, registered: str | None) -> None:
    assert domain_of(text) == Domain(name, registered)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "-",
        ".",
        "web-1",
        "printer.local",
        "db.default.svc.cluster.local",
        "1.0.0.10.in-addr.arpa",
        "ip-10-0-0-1.ec2.internal",
        "1.2.3.4",
        "2606:4700::1",
        "a..b.com",
        "-a.com",
        "a b.com",
        "x" * 64 + ".com",
        "a." * 130 + "com",
        "http://a.com",
        "a.com/x",
    ],
)
def test_what_is_no_public_name_is_no_domain(text: str | None) -> None:
    assert domain_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "86eb9e29a77d",
        "86eb9e29a77d432",
        "86eb9e29a77d432afc7a15b4",
        "86EB9E29A77D432AFC7A15B424DB1D2",
        "docker://86eb9e29a77d432afc7a15b424db1d24a382f3caae26f860ab22df8cb5e96054",
    ],
)
def test_a_container_has_one_key_however_much_of_its_id_is_shown(text: str) -> None:
    assert container_of(text) == "86eb9e29a77d"


def test_the_host_is_no_container() -> None:
    assert container_of("host") is container_of("") is container_of(None) is container_of("<NA>") is None


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("nginx", Image("docker.io/library/nginx", "docker.io", None, None)),
        ("index.docker.io/library/nginx:1.25", Image("docker.io/library/nginx", "docker.io", "1.25", None)),
        ("quay.io/a/b:1@sha256:ab", Image("quay.io/a/b", "quay.io", "1", "sha256:ab")),
        ("docker-pullable://quay.io/a/b@sha256:ab", Image("quay.io/a/b", "quay.io", None, "sha256:ab")),
        ("localhost:5000/a", Image("localhost:5000/a", "localhost:5000", None, None)),
        ("sha256:ab", Image("sha256:ab", None, None, "sha256:ab")),
        ("-", None),
    ],
)
def test_an_image_has_one_name(text: str, image: Image | None) -> None:
    assert image_of(text) == image
