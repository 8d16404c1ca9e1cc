// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct FactsTests {
        @Test func knowsWhoItIs() async throws {
            let line = try await ProbeRunner.batch("identity a n").line("a")
            #expect(line.stage == "done")
            #expect(line.fact("uid") == String(getuid()))
            #expect(line.fact("euid") == String(geteuid()))
            #expect(line.fact("gid") == String(getgid()))
            #expect(line.fact("hostname") == ProcessInfo.processInfo.hostName)
            #expect(line.fact("tty") == "0")
            #expect(line.fact("cwd") == FileManager.default.currentDirectoryPath)
            #expect(line.fact("pid").flatMap { Int32($0) }.map { $0 > 1 } == true)
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            #expect(line.fact("boot_id") == boot.trimmingCharacters(in: .whitespacesAndNewlines))
            let release = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
            #expect(line.fact("kernel") == release.trimmingCharacters(in: .whitespacesAndNewlines))
            for space in ["mnt", "pid", "net", "uts", "ipc", "user", "cgroup"] {
                let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(space)")
                #expect(line.fact("ns.\(space)") == own.filter(\.isNumber))
            }
        }

        @Test func readsItsRestrictions() async throws {
            let line = try await ProbeRunner.batch("identity a n").line("a")
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let fields = [
                "cap_eff": "CapEff:", "cap_prm": "CapPrm:", "cap_bnd": "CapBnd:", "cap_inh": "CapInh:",
                "cap_amb": "CapAmb:", "no_new_privs": "NoNewPrivs:", "seccomp": "Seccomp:",
            ]
            for (fact, field) in fields {
                let row = try #require(status.split(separator: "\n").first { $0.hasPrefix(field) })
                #expect(line.fact(fact) == row.split(separator: "\t").last.map(String.init), "\(fact)")
            }
        }

        @Test func showsTheEnvironmentItWasGiven() async throws {
            let line = try await ProbeRunner.batch(
                "environment a n", environment: ["PLAIN": "a=b \"c\"\\\n\u{1}ü", "EMPTY": ""]
            ).line("a")
            #expect(line.fact("env.PLAIN") == "a=b \"c\"\\\n\u{1}ü")
            #expect(line.fact("env.EMPTY") == "")
            #expect(line.fact("env.PATH") == nil)
        }

        @Test func valuesThatAreNotTextComeAsHex() async throws {
            let run = try await ProbeRunner.shell(
                #"exec env -i "BAD=$(printf 'x\377\355\240\200')" GOOD=1 "$0" batch"#, input: "environment a n\n")
            let line = try run.line("a")
            #expect(line.facts["env.BAD"] as? [String: String] == ["hex": "78ffeda080"])
            #expect(line.fact("env.GOOD") == "1")
        }

        @Test func seesListenersInterfacesAndRoutes() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let line = try await ProbeRunner.batch("sockets a n").line("a")
                #expect(line.stage == "done")
                #expect(line.fact("tcp")?.split(separator: ",").contains("\(port)/LISTEN") == true)
                #expect(line.fact("interfaces")?.split(separator: ",").contains("lo=127.0.0.1") == true)
                #expect(line.fact("routes")?.hasPrefix("Iface") == true)
                #expect(line.fact("udp") != nil)
            }
        }

        @Test(.enabled(if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/sbin/chroot")))
        func runsWithoutProcAndWithoutLibraries() async throws {
            try await ScratchDirectory.with { root in
                try FileManager.default.copyItem(at: ProbeRunner.executable, to: root.appendingPathComponent("probe"))
                let input = """
                    identity i n
                    environment e n
                    sockets s n
                    file f n \(hex("/probe"))
                    selftest t n 127.0.0.1

                    """
                let run = try await ProbeRunner.start(
                    [root.path, "/probe", "batch"], of: URL(fileURLWithPath: "/usr/sbin/chroot"), input: input,
                    environment: ["KEY": "value"])
                #expect(run.exitCode == 0)
                #expect(try run.lines().count == 5)
                let identity = try run.line("i")
                #expect(identity.stage == "done")
                #expect(identity.fact("uid") == "0")
                #expect(identity.fact("boot_id") == nil)
                #expect(identity.fact("ns.net") == nil)
                #expect(identity.fact("cap_eff")?.count == 16)
                #expect(identity.fact("cap_bnd")?.count == 16)
                #expect(identity.fact("no_new_privs") != nil)
                let sockets = try run.line("s")
                #expect(sockets.fact("tcp") == nil)
                #expect(sockets.fact("interfaces")?.contains("lo=") == true)
                #expect(try run.line("e").fact("env.KEY") == "value")
                #expect(try run.line("f").fact("sha256")?.count == 64)
                #expect(try run.line("t").stage == "done")
            }
        }
    }
}
