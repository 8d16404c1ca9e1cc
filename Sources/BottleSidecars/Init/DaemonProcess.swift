// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import CBottleShims

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A daemon that init started, and the log that it writes.
struct DaemonProcess {
    let daemon: InitRequest.Daemon
    let pid: pid_t
    /// The reading end of its stdout; -1 once that has ended.
    private(set) var output: Int32
    /// Whether its log has to be put into our words.
    private let isForeign: Bool
    /// Its server is bound: it said so, or does not say such things.
    private(set) var isStarted: Bool
    var isReady = false
    /// The last line of another program's that was no event, for people; nil where it wrote none, and for our own.
    private(set) var lastWords: String?
    /// How it ended; nil while it runs.
    var ending: String?
    private var partial: [UInt8] = []

    /// Starts the daemon, from this very executable unless it is another program; throws `.launch`.
    init(
        _ daemon: InitRequest.Daemon, program: String? = nil, arguments: [String], environment: Redacted<[String]>
    ) throws(BottleError) {
        self.daemon = daemon
        isForeign = program != nil
        isStarted = isForeign
        let pipe = try SidecarSystem.makePipe()
        let input = try SidecarSystem.makePipe()
        // Nobody ever writes to it: the daemon reads the end of its input at once.
        close(input.write)
        let own = access("/proc/self/exe", X_OK) == 0 ? "/proc/self/exe" : CommandLine.arguments.first ?? ""
        let path = program ?? own
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.exposed.map { strdup($0) } + [nil]
        // Its own complaints are in its log, where they can be told from ours.
        pid = sidecar_spawn(path, &argv, &variables, input.read, pipe.write, isForeign ? pipe.write : STDERR_FILENO)
        let failure = SidecarSystem.errorText()
        for pointer in argv + variables { free(pointer) }
        close(pipe.write)
        close(input.read)
        output = pipe.read
        guard pid > 0 else {
            close(pipe.read)
            throw BottleError(.launch, "\(daemon.rawValue) cannot be started: \(failure)")
        }
    }

    /// Hands every whole line that has arrived to the sink.
    mutating func relay(to sink: LineSink) {
        while output >= 0 {
            switch SidecarSystem.readSome(output) {
            case .bytes(let bytes): take(bytes, sink)
            case .nothingYet: return
            case .end, .failed:
                close(output)
                output = -1
            }
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, _ sink: LineSink) {
        partial += bytes
        var start = partial.startIndex
        while let end = partial[start...].firstIndex(of: 0x0a) {
            let line = Array(partial[start...end])
            start = end + 1
            if !isStarted, Self.event(of: line) == "started" { isStarted = true }
            if isForeign {
                let record = ForeignPipelock.record(of: line)
                if record.event == ForeignPipelock.output { lastWords = record.detail }
                sink.write(record)
            } else {
                sink.write(line: line)
            }
        }
        partial.removeSubrange(..<start)
        // No record is that long: a daemon that writes without an end must not fill our memory.
        if partial.count > 65536 { partial.removeAll() }
    }

    private static func event(of line: [UInt8]) -> String? {
        guard case .object(let members) = try? JSONParser.parse(line),
            case .string(let event) = members.first(where: { $0.name == "event" })?.value
        else { return nil }
        return event
    }

    /// Whether the daemon answers on its port now; at most 1 s.
    func answers(port: UInt16, mayBeSilent: Bool) -> Bool {
        let descriptor = sidecar_connect_loopback(port, 1)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard daemon == .pipelock, !mayBeSilent else { return true }
        let request = Array("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        guard request.withUnsafeBytes({ send(descriptor, $0.baseAddress, $0.count, 0) }) == request.count else {
            return false
        }
        guard case .bytes(let answer) = SidecarSystem.readSome(descriptor) else { return false }
        return answer.starts(with: "HTTP/1.1 200 ".utf8)
    }
}
