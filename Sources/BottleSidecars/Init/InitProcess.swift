// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import CBottleShims

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The first process of a bundle: starts the daemons, relays their logs, and ends with the first of them.
///
/// One thread and one poll loop: the daemons are killed by the kernel when the thread that made them dies.
struct InitProcess {
    private let request: InitRequest
    private let pipelockPort: UInt16
    private let sink: LineSink
    private let signals: Int32
    private var daemons: [DaemonProcess] = []
    private static let readySeconds = 10.0
    private static let stopSeconds = 2.0

    /// Prepares everything that can be checked before a daemon starts; throws `.input` or `.io`.
    init(request: InitRequest, sink: LineSink) throws(BottleError) {
        self.request = request
        self.sink = sink
        for (path, text) in request.texts { try SidecarSystem.writeFile(path, Array(text.utf8)) }
        for (path, key) in request.privateKeys { try SidecarSystem.writeFile(path, Array(key.exposed.utf8)) }
        let config = try PipelockConfig(
            document: SidecarSystem.readFile(request.pipelockConfig), file: request.pipelockConfig)
        if let routes = request.routesConfig {
            _ = try RouteTable(document: SidecarSystem.readFile(routes), file: routes)
        }
        pipelockPort = config.listenPort
        let pipe = try SidecarSystem.makePipe(nonBlockingWriter: true)
        signals = pipe.read
        sidecar_report_signals(pipe.write)
    }

    /// Runs until told to stop (0) or until a daemon dies or does not come up (1).
    mutating func run() -> Int32 {
        for fault in [Fault.egressoff, .noproxy, .envall] where request.faults.contains(fault) {
            say("fault", "deliberately broken: \(fault.rawValue)")
        }
        do {
            for daemon in request.startedDaemons {
                if let foreign = request.foreign(daemon) {
                    say("foreign", "\(daemon.rawValue) is \(foreign.program), not the reference's")
                    for gap in ForeignPipelock.lacks(request) { say("lacks", "\(foreign.program): \(gap)") }
                }
                daemons.append(
                    try DaemonProcess(
                        daemon, program: request.foreign(daemon)?.program, arguments: request.arguments(of: daemon),
                        environment: request.environment(of: daemon, pipelockPort: pipelockPort)))
            }
        } catch {
            return fail(error.message)
        }
        let deadline = SidecarSystem.now() + Self.readySeconds
        var isReady = false
        while true {
            if !isReady {
                checkReadiness()
                if daemons.allSatisfy(\.isReady) {
                    isReady = true
                    let names = daemons.map(\.daemon.rawValue).joined(separator: ",")
                    say("status", names)
                    say("ready", names)
                } else if SidecarSystem.now() >= deadline {
                    let names = daemons.filter { !$0.isReady }.map(\.daemon.rawValue).joined(separator: ", ")
                    return fail("\(names) did not answer within \(Int(Self.readySeconds)) s")
                }
            }
            // A daemon that is up but does not answer yet is asked again soon; otherwise events drive the loop.
            let isAsking = daemons.contains { $0.isStarted && !$0.isReady }
            let pause = isReady ? 3600 : isAsking ? 0.02 : max(0, deadline - SidecarSystem.now())
            wait(seconds: pause)
            for number in takeSignals() where number == SIGTERM || number == SIGINT {
                stop()
                say("stopped", "told to stop")
                return finish(0)
            }
            reap()
            if let index = daemons.firstIndex(where: { $0.ending != nil }) {
                let words = daemons[index].lastWords.map { ", after it had said \"\($0)\"" } ?? ""
                let detail = "\(daemons[index].daemon.rawValue) \(daemons[index].ending ?? "")\(words)"
                say("died", detail)
                stop()
                Self.complain("init: \(detail); the bundle ends with it")
                return finish(1)
            }
        }
    }

    private mutating func checkReadiness() {
        for index in daemons.indices where daemons[index].isStarted && !daemons[index].isReady {
            let port = daemons[index].daemon == .pipelock ? pipelockPort : request.egressPort
            daemons[index].isReady = daemons[index].answers(
                port: port, mayBeSilent: request.faults.contains(.tcpsink))
        }
    }

    /// Waits for a signal or for output, and relays what came.
    private mutating func wait(seconds: Double) {
        var entries = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        entries += daemons.filter { $0.output >= 0 }.map { pollfd(fd: $0.output, events: Int16(POLLIN), revents: 0) }
        _ = SidecarSystem.wait(&entries, until: SidecarSystem.now() + seconds)
        for index in daemons.indices { daemons[index].relay(to: sink) }
    }

    private func takeSignals() -> [Int32] {
        guard case .bytes(let bytes) = SidecarSystem.readSome(signals) else { return [] }
        return bytes.map { Int32($0) }
    }

    /// Collects every child that ended, also those that a dead daemon left to us as process 1.
    private mutating func reap() {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            if pid < 0, errno == EINTR { continue }
            guard pid > 0 else { return }
            guard let index = daemons.firstIndex(where: { $0.pid == pid }) else { continue }
            let signal = status & 0x7f
            daemons[index].ending = signal == 0 ? "exited \(status >> 8 & 0xff)" : "was killed by signal \(signal)"
            daemons[index].relay(to: sink)
        }
    }

    /// Asks the daemons to end, then makes them.
    private mutating func stop() {
        for signal in [SIGTERM, SIGKILL] {
            for daemon in daemons where daemon.ending == nil { kill(daemon.pid, signal) }
            let deadline = SidecarSystem.now() + Self.stopSeconds
            reap()
            while daemons.contains(where: { $0.ending == nil }), SidecarSystem.now() < deadline {
                wait(seconds: deadline - SidecarSystem.now())
                _ = takeSignals()
                reap()
            }
        }
    }

    private func say(_ event: String, _ detail: String) {
        sink.write(SidecarRecord(daemon: "init", event: event, detail: detail))
    }

    private mutating func fail(_ reason: String) -> Int32 {
        say("error", reason)
        stop()
        Self.complain("init: \(reason)")
        return finish(1)
    }

    private func finish(_ status: Int32) -> Int32 {
        // A reader that takes nothing for a second loses the rest.
        _ = sink.flush(seconds: 1)
        return status
    }

    /// One sentence on stderr.
    static func complain(_ sentence: String) {
        let line = Array("bottle-bundle: \(sentence)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
