// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc
    import Testing

    @Suite(.timeLimit(.minutes(2)))
    struct LauncherTests {
        @Test func greetsWithWhoItIs() async throws {
            try await WorldFixture.withWorld { launcher in
                #expect(
                    Set(launcher.identity.namespaces.keys) == ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"])
                let own = WorldFixture.contents("/proc/sys/kernel/random/boot_id") ?? ""
                #expect(own.hasPrefix(launcher.identity.bootID) && launcher.identity.bootID.count == 36)
                #expect(launcher.identity.mapping == (geteuid() == 0 ? .range : .single))
            }
        }

        @Test func aSandboxIsUpAtOnce() async throws {
            let clock = ContinuousClock()
            var best = Duration.seconds(60)
            // The best of a few: the first pays for cold caches, and other tests run at the same time.
            for _ in 0..<5 {
                let start = clock.now
                let output = try await WorldFixture.withSandbox { launcher in
                    #expect(try await launcher.interface(to: "127.0.0.1", in: "net") == "lo")
                    return try await WorldFixture.shell("echo hello", in: launcher)
                }
                best = min(best, clock.now - start)
                #expect(output.text == "hello\n" && output.ending == .exited(0))
            }
            // 15 to 30 ms where this was written; the bound leaves room for slow machines.
            #expect(best < .seconds(2))
        }

        @Test func everyNamespaceIsTheSandboxesOwn() async throws {
            try await WorldFixture.withWorld { launcher in
                try await launcher.makeNetwork("net")
                let own = try await launcher.makeSandbox(WorldFixture.spec("own", network: "net"))
                #expect(own.namespaces.count == 7)
                for (name, inode) in own.namespaces { #expect(launcher.identity.namespaces[name] != inode, "\(name)") }
                let seen = try await WorldFixture.shell("readlink /proc/self/ns/net", in: launcher, sandbox: "own")
                #expect(seen.text == "net:[\(own.namespaces["net"] ?? "")]\n")
                // The open twin: everything its own but the network.
                let twin = try await launcher.makeSandbox(WorldFixture.spec("twin", network: "host"))
                #expect(twin.namespaces["net"] == launcher.identity.namespaces["net"])
                let power = try await WorldFixture.shell(
                    "cat /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/ip_forward", in: launcher,
                    sandbox: "twin")
                #expect(power.text == "0\n" && power.ending != .exited(0))
            }
        }

        @Test func theOtherSystemCallInterfaceIsDeadly() async throws {
            guard access("/usr/bin/python3", X_OK) == 0 else { return }
            try await WorldFixture.withSandbox { launcher in
                // getpid by the 32-bit interface: mov eax, 20; int 0x80; ret.
                let script = """
                    import ctypes, mmap
                    code = mmap.mmap(-1, 4096, prot=7); code.write(bytes([0xb8,20,0,0,0,0xcd,0x80,0xc3]))
                    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
                    print("survived")
                    """
                let output = try await ProcessIO.run(
                    host: launcher, sandbox: "box", argv: ["/usr/bin/python3", "-c", script], deadline: .seconds(20))
                // A kernel without that interface raises a fault instead.
                #expect([.signalled(SIGSYS), .signalled(SIGSEGV)].contains(output.ending), "\(output)")
                #expect(output.stdout.isEmpty)
            }
        }

        @Test func sandboxFacts() async throws {
            try await WorldFixture.withSandbox { launcher in
                let status = try await WorldFixture.shell("cat /proc/self/status; id -u; id -g; hostname", in: launcher)
                let lines = status.text.split(separator: "\n").map(String.init)
                for capabilities in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                    #expect(lines.contains("\(capabilities):\t0000000000000000"))
                }
                #expect(lines.contains("NoNewPrivs:\t1"))
                #expect(lines.contains("Seccomp:\t2"))
                #expect(lines.suffix(3) == ["1000", "1000", "bottle"])
                let files = try await WorldFixture.shell(
                    "touch /x; touch /usr/x; touch /etc/hosts; touch /tmp/x && echo tmp; touch /home/node/x && echo home; "
                        + "ls /; echo x > /dev/null && echo null; ls /proc/self/fd",
                    in: launcher)
                #expect(files.errorText.split(separator: "\n").count == 3, "\(files.errorText)")
                #expect(
                    files.text.split(separator: "\n").map(String.init) == [
                        "tmp", "home", "bin", "dev", "etc", "home", "lib", "lib64", "proc", "sbin", "tmp", "usr",
                        "null", "0", "1", "2", "3",
                    ])
                let processes = try await WorldFixture.shell(
                    "ls -d /proc/[0-9]* | wc -l; kill -9 1; cat /proc/1/environ; cat /proc/1/comm", in: launcher)
                #expect(processes.text.hasSuffix("bottle-init\n"), "\(processes)")
            }
        }

        @Test func rootInASandboxHasNoPower() async throws {
            try await WorldFixture.withSandbox { launcher in
                guard launcher.identity.mapping == .range else { return }
                let output = try await WorldFixture.shell(
                    "id -u; grep -E 'CapEff|CapBnd' /proc/self/status; ip link set lo down; mount -t tmpfs x /tmp; "
                        + "unshare -U true; unshare -r true; hostname x; mknod /tmp/n c 1 3; kill -9 1; chroot /tmp; "
                        + "grep -h . /proc/self/uid_map | tr -s ' '",
                    in: launcher, uid: 0)
                let lines = output.text.split(separator: "\n").map(String.init)
                #expect(
                    lines == ["0", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", " 0 1 65535"]
                        || lines.dropLast() == ["0", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"])
                #expect(output.errorText.split(separator: "\n").count >= 6, "\(output.errorText)")
            }
        }

        @Test func everydayProgramsRunUnderTheFilter() async throws {
            try await WorldFixture.withSandbox { launcher in
                let output = try await WorldFixture.shell(
                    """
                    cd /home/node && git init -q repo && cd repo && git -c user.name=n -c user.email=n@n \
                    commit -q --allow-empty -m x && git log --oneline | wc -l
                    /usr/bin/python3 -c 'import threading,subprocess,socket,asyncio; \
                    print(subprocess.run(["echo","py"],capture_output=True).stdout.decode().strip())'
                    node -e 'require("child_process").exec("echo node",(e,o)=>console.log(o.trim()))'
                    find /usr/bin -name sh | sort | head -1 | xargs -n1 basename
                    """, in: launcher)
                let lines = output.text.split(separator: "\n").map(String.init)
                // Not every machine has all of them.
                for (program, word) in [("git", "1"), ("python3", "py"), ("node", "node")]
                where access("/usr/bin/\(program)", X_OK) == 0 {
                    #expect(lines.contains(word), "\(program): \(output.errorText)")
                }
                #expect(lines.last == "sh")
            }
        }

        @Test func filterRefusesWhatItShould() async throws {
            try await WorldFixture.withSandbox { launcher in
                // Name of the errno of raw calls, by number on x86_64.
                let script = """
                    import ctypes, errno, socket
                    libc = ctypes.CDLL(None, use_errno=True)
                    def call(*a):
                        ctypes.set_errno(0); r = libc.syscall(*a)
                        return "ok" if r >= 0 else errno.errorcode[ctypes.get_errno()]
                    print("unshare", call(272, 0x10000000)); print("setns", call(308, -1, 0))
                    print("clone", call(56, 0x10000000 | 17, 0, 0, 0, 0)); print("clone3", call(435, 0, 0))
                    print("ptrace", call(101, 0, 0, 0, 0)); print("bpf", call(321, 0, 0, 0)); print("keyctl", call(250, 0, 0))
                    print("io_uring", call(425, 1, 0)); print("userfaultfd", call(323, 0)); print("mount", call(165, 0, 0, 0, 0, 0))
                    print("unknown", call(999)); print("x32", call(0x40000000 + 39)); print("fsopen", call(430, 0, 0))
                    print("tiocsti", call(16, 0, ctypes.c_ulong(0x5412), 0))
                    print("tiocsti64", call(16, 0, ctypes.c_ulong(0x100005412), 0))
                    for family in (40, 17, 38):
                        try: socket.socket(family, socket.SOCK_RAW, 0); print(family, "ok")
                        except OSError as e: print(family, errno.errorcode[e.errno])
                    s = socket.socket(16, socket.SOCK_RAW, 0); print("route ok")
                    try: socket.socket(16, socket.SOCK_RAW, 16); print("generic ok")
                    except OSError as e: print("generic", errno.errorcode[e.errno])
                    # RTM_NEWLINK for index 1 with no flags: "set lo down".
                    import struct
                    s.bind((0, 0)); s.send(struct.pack("=IHHIIBBHiII", 32, 16, 5, 1, 0, 0, 0, 0, 1, 0, 1))
                    print("lodown", errno.errorcode[-struct.unpack("=i", s.recv(4096)[16:20])[0]])
                    """
                guard access("/usr/bin/python3", X_OK) == 0 else { return }
                let output = try await ProcessIO.run(
                    host: launcher, sandbox: "box", argv: ["/usr/bin/python3", "-c", script], deadline: .seconds(20))
                let expected = """
                    unshare EPERM
                    setns EPERM
                    clone EPERM
                    clone3 ENOSYS
                    ptrace EPERM
                    bpf EPERM
                    keyctl EPERM
                    io_uring EPERM
                    userfaultfd EPERM
                    mount EPERM
                    unknown ENOSYS
                    x32 ENOSYS
                    fsopen EPERM
                    tiocsti EPERM
                    tiocsti64 EPERM
                    40 EPERM
                    17 EPERM
                    38 EPERM
                    route ok
                    generic EPERM
                    lodown EPERM

                    """
                #expect(output.text == expected, "\(output.errorText)")
            }
        }
    }
#endif
