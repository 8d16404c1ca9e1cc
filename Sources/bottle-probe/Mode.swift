// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What the first argument asks for.
enum Mode {
    /// One line, for people and for the harness to tell two builds apart by protocol.
    private static let version: StaticString = "bottle-probe protocol 1\n"
    /// The most that is read from standard input, in bytes.
    private static let inputCap = 64 << 20
    private static let usageError: Int32 = 64
    private static let outputError: Int32 = 74

    /// Does it and returns the exit code.
    static func run() -> Int32 {
        let count = probe_argument_count()
        let mode = Bytes(terminated: probe_argument(1))
        if count <= 1 || (count == 2 && mode.equals("batch")) { return batch() }
        if count == 2, mode.equals("say") { return say() }
        if count == 2, mode.equals("version") { return Descriptor.write(Bytes(version), to: 1) ? 0 : outputError }
        if count == 2, mode.equals("pause") {
            probe_wait_for_termination()
            return 0
        }
        if count == 3, mode.equals("fail") {
            let code = Bytes(terminated: probe_argument(2)).decimal.flatMap { UInt8(exactly: $0) }
            guard let code else { return complain("bottle-probe: fail needs a code from 0 to 255\n") }
            _ = complain("bottle-probe: this was to fail\n")
            return Int32(code)
        }
        // Whatever follows is for the batch to report: the stand-in for a program whose command line is to be seen.
        if count >= 2, mode.equals("stand-in") { return batch() }
        if count == 2, mode.equals("unpack") { return unpack() }
        return complain("usage: bottle-probe [batch|say|version|pause|fail <code>|unpack|stand-in ...]\n")
    }

    private static func complain(_ text: StaticString) -> Int32 {
        _ = Descriptor.write(Bytes(text), to: 2)
        return usageError
    }

    /// Unpacks the archive on standard input below the root, and says how many entries it had.
    private static func unpack() -> Int32 {
        var archive = TarReader()
        let problem = archive.unpack()
        guard problem.isEmpty else {
            _ = Descriptor.write(Bytes("bottle-probe: ") + problem + [0x0a], to: 2)
            return 1
        }
        let line = Bytes("unpacked ") + Bytes(decimal: UInt64(archive.count)) + [0x0a]
        return Descriptor.write(line, to: 1) ? 0 : outputError
    }

    private static func batch() -> Int32 {
        var input = BatchInput()
        var requests: [Request] = []
        guard let text = readInput(until: endsBatch) else {
            let line = Outcome.malformed(line: 0, "the input is unreadable or longer than 64 MiB")
            return Descriptor.write(line, to: 1) ? 0 : outputError
        }
        for (index, line) in text.pieces(separatedBy: 0x0a).enumerated() {
            // A terminal in the way may have added a carriage return.
            let line = line.last == 0x0d ? Bytes(line.dropLast()) : line
            if line.equals("end") { break }
            switch input.parse(line) {
            case .nothing: continue
            case .request(let request): requests.append(request)
            case .malformed(let problem):
                guard Descriptor.write(Outcome.malformed(line: index + 1, problem), to: 1) else { return outputError }
            }
        }
        if requests.contains(where: { $0.slots > 1 }) { FileFacts.readThrough(input.helper) }
        var supervisor = Supervisor(requests, parallel: input.parallel)
        return supervisor.run() ? 0 : outputError
    }

    /// A line `end` stops the reading where nobody can close standard input.
    private static func endsBatch(_ text: Bytes) -> Bool {
        let tail = text.suffix(6)
        return tail.suffix(5).equals("\nend\n") || tail.equals("\nend\r\n") || text.equals("end\n")
    }

    private static func say() -> Int32 {
        guard let text = readInput(until: { $0.contains(0x0a) }) else {
            return complain("bottle-probe: say cannot read standard input\n")
        }
        let line = Bytes(text.prefix { $0 != 0x0a })
        let fields = line.pieces(separatedBy: 0x20)
        guard fields.count == 3, let a = fields[1].decimal, let b = fields[2].decimal else {
            return complain("bottle-probe: say expects one line: nonce, a and b, decimal, separated by single spaces\n")
        }
        var answer = fields[0]
        answer.append(0x20)
        answer += Bytes(decimal: a &* b &+ a)
        answer.append(0x20)
        answer += Sha256.hex(line)
        answer.append(0x0a)
        return Descriptor.write(answer, to: 1) ? 0 : outputError
    }

    /// Standard input to its end or to a condition; nil when it cannot be read or is too long.
    private static func readInput(until isComplete: (Bytes) -> Bool) -> Bytes? {
        var text: Bytes = []
        while text.count <= inputCap {
            let count = Descriptor.read(0, into: &text)
            if count == 0 { return text }
            if count == -Int(probe_error_try_again) {
                _ = Descriptor.wait(0, forWrite: false, milliseconds: 1000)
            } else if count < 0 {
                return nil
            } else if isComplete(text) {
                return text
            }
        }
        return nil
    }
}
