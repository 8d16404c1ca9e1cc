// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// What the probe prints in execs of its own, and what it reports about the guest.
struct SimulatedExec {
    /// The routes of a guest over IPv6 whose network carries none: its own link, groups on it, its loopback, and the refusal.
    private static let ownLinkOnly = """
        fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
        00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
        ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000003 00000000 00000001     eth0
        00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo

        """

    let bottle: SimulatedBottle
    /// What the probe was told to do before.
    var earlier: [ProbeStep] = []
    /// Every exec of the check.
    var execs: [ExecRequest] = []

    func run(_ request: ExecRequest) -> ExecResult {
        func done(_ text: String, code: Int32 = 0) -> ExecResult {
            ExecResult(ending: .exited(code), stdout: Array(text.utf8), stderr: [])
        }
        let input = String(decoding: request.stdin, as: UTF8.self)
        guard !bottle.has(.canned) else { return done(request.argv.joined(separator: " ") + input) }
        if request.argv.first == "claude" {
            let arguments = request.argv.dropFirst().enumerated().map { ("argument.\($0)", $1) }
            let facts = ["count": "\(arguments.count)"].merging(arguments) { $1 }
            return done(answers(to: "arguments", in: input, facts).map { $0 + "\n" }.joined())
        }
        if SimulatedScan.line(of: request) != nil {
            let scan = SimulatedScan(bottle: bottle, execs: execs, request: request)
            return done(answers(to: "scan", in: input, scan.facts).map { $0 + "\n" }.joined())
        }
        if request.argv.first == "/bin/sh" {
            return done(environment.merging(request.environment) { $1 }.map { "\($0)=\($1)\0" }.joined())
        }
        switch request.argv.dropFirst().first {
        case "say":
            let words = input.dropLast().split(separator: " ")
            let (a, b) = (UInt64(words[1]) ?? 0, UInt64(words[2]) ?? 0)
            return done("\(words[0]) \(a &* b &+ a) \(SHA256.hex(Array(input.dropLast().utf8)))\n")
        case "fail":
            let code = request.argv.last.flatMap { Int32($0) } ?? 0
            return ExecResult(ending: .exited(code), stdout: [], stderr: Array("this was to fail\n".utf8))
        default:
            let facts = Dictionary(uniqueKeysWithValues: environment.map { ("env.\($0.key)", $0.value) })
            let output = answers(to: "environment", in: input, facts)
            return done((request.tty ? input : "") + output.map { $0 + (request.tty ? "\r\n" : "\n") }.joined())
        }
    }

    private func answers(to action: String, in input: String, _ facts: [String: String]) -> [String] {
        input.split(separator: "\n").filter { $0.hasPrefix("\(action) ") }.map { line in
            let words = line.split(separator: " ")
            let texts = facts.map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }.joined(separator: ",")
            return "{\"begin\":\"\(words[2])\",\"id\":\"\(words[1])\",\"stage\":\"done\",\"errno\":null,\"ms\":0.1,"
                + "\"killed\":false,\"received\":[],\"facts\":{\(texts)},\"end\":\"\(words[2])\"}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }

    var environment: [String: String] {
        if bottle.has(.pid1only) { return ["HOME": "/home/node"] }
        let inherited = bottle.has(.inherit) ? SimulatedBottle.hostVariables : [:]
        return inherited.merging(bottle.plan.guestEnvironment) { $1 }.merging(["HOME": "/h"]) { $1 }
    }

    /// The actions of the probe that are not conversations.
    func report(_ action: ProbeAction, in target: ExecTarget = .guest, user: String? = nil) -> Observation {
        let kernel = SimulatedKernel(bottle: bottle, isRoot: user == "root")
        switch action {
        case .exchange, .awaited, .listen: return Observation(stage: .socket, errno: "EINVAL")
        case .file(let path):
            let skipped = bottle.has(.noprompt) || bottle.has(.skipempty) && bottle.plan.prompt.isEmpty
            if let provisioned = SimulatedHome(bottle: bottle, earlier: earlier).file(path) { return provisioned }
            if path == Contract.caBundlePath {
                return Observation(stage: .done, facts: ["type": "regular", "mode": "0644", "uid": "0", "gid": "0"])
            }
            guard path == Contract.promptPath, !skipped else { return Observation(stage: .done, errno: "ENOENT") }
            let bytes = Array((bottle.has(.staleprompt) ? "an older prompt" : bottle.plan.prompt).utf8)
            return Observation(
                stage: .done,
                facts: [
                    "sha256": SHA256.hex(bytes), "size": "\(bytes.count)", "uid": "1000", "mode": "0600",
                    "type": "regular",
                ])
        case .readFile(path: "/proc/net/ipv6_route", _):
            return Observation(stage: .done, received: [Array(Self.ownLinkOnly.utf8)])
        case .readFile: return Observation(stage: .done, received: [Array("127.0.0.1 localhost\n".utf8)])
        case .identity where target == .bundle:
            return Observation(stage: .done, facts: ["boot_id": "boot-host", "ns.mnt": "4026533000"])
        case .identity:
            let host = bottle.has(.hostexec) || bottle.has(.container)
            return Observation(
                stage: .done,
                facts: [
                    "boot_id": host ? "boot-host" : "boot-guest", "kernel": "6.12.0-guest",
                    "ns.mnt": host ? "4026531840" : "4026532999",
                ]
                .merging(kernel.masks) { $1 })
        case .environment:
            return Observation(
                stage: .done, facts: Dictionary(uniqueKeysWithValues: environment.map { ("env.\($0.key)", $0.value) }))
        case .sockets:
            let used = bottle.has(.hostnet) || bottle.isOpen ? "\(bottle.field.port)/LISTEN" : "8080/LISTEN"
            return Observation(stage: .done, facts: ["tcp": used, "udp": "", "tcp6": "", "udp6": ""])
        case .tree(let path): return SimulatedHome(bottle: bottle, earlier: earlier).tree(path)
        case .certificates(path: Contract.caBundlePath): return Observation(stage: .done, facts: bottle.storeFacts)
        case .certificates: return Observation(stage: .done, errno: "ENOENT")
        case .appendFile(_, let bytes): return Observation(stage: .done, facts: ["size": "\(bytes.count)"])
        case .environs:
            let text = environment.map { "\($0)=\($1)\0" }.joined()
            return Observation(stage: .done, facts: ["processes": "3", "readable": "2", "environ.0": text])
        case .arguments: return Observation(stage: .done, facts: ["count": "0"])
        case .selfTest: return Observation(stage: .done, facts: ["port": "34567"])
        case .writeFile(let path, let bytes):
            var facts = ["size": "\(bytes.count)"]
            if bottle.has(.hostexec) { facts["host_file"] = path }
            return Observation(stage: .done, facts: facts)
        case .unixSockets(let decoy):
            var facts = ["decoy": "ok", "directories": "99", "socket.0": "ok \(decoy)"]
            if bottle.kind == .microvm {
                facts["socket.2"] = "ok /storage/overlays/merged\(decoy)"
                facts["socket.3"] = "ok /storage/con-1.sock"
                if bottle.isOpen { facts["socket.4"] = "ok /run/host.sock" }
            }
            if bottle.has(.sockmount) { facts["socket.1"] = "ok /run/docker.sock" }
            return Observation(stage: .done, facts: facts)
        case .powers: return Observation(stage: .done, facts: kernel.powers)
        case .vsock(let sweep): return Observation(stage: .done, facts: kernel.vsock(sweep))
        case .surfaces(let read, let written):
            return Observation(stage: .done, facts: kernel.surfaces(read, written))
        case .scan:
            return Observation(
                stage: .done,
                facts: target == .bundle
                    ? SimulatedScan.facts(of: bottle) : SimulatedScan.facts(of: bottle, earlier: earlier, user: user))
        case .sweep(_, let first, let last, _, let settle):
            return Observation(stage: .done, facts: sweep(first...last, watched: settle > 0))
        }
    }

    /// What a sweep of ports of the bundle's address finds. A machine's gateway accepts for everybody, and ends at once what
    /// nobody listens to.
    private func sweep(_ ports: ClosedRange<UInt16>, watched: Bool) -> [String: String] {
        let reachable = !bottle.has(.blackhole)
        let egress = (bottle.isOpen || bottle.has(.egress0000)) && !bottle.has(.egressoff)
        let extra = (bottle.has(.extraport) ? ["9090"] : []) + (bottle.has(.anyport) ? ["6060"] : [])
        let gateway = bottle.kind == .microvm ? SimulatedBottle.gatewayPorts.map { "\($0)" } : []
        let all = reachable ? (bottle.has(.noproxy) ? [] : ["8888"]) + extra + gateway + (egress ? ["9099"] : []) : []
        let open = all.filter { UInt16($0).map(ports.contains) == true }
        let closed = "\(ports.count - open.count)"
        let isGateway = bottle.kind == .microvm && watched
        return [
            "open": open.joined(separator: ","), "opened": "\(open.count)",
            "refused": reachable && !isGateway ? closed : "0", "reset": reachable && isGateway ? closed : "0",
            "unreachable": reachable ? "0" : closed, "denied": "0", "timedout": "0", "failed": "0",
        ]
    }
}
