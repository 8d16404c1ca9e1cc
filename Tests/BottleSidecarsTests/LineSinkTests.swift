// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import BottleSidecars

@Suite(.timeLimit(.minutes(1))) struct LineSinkTests {
    @Test func aSlowReaderCostsLinesButNeverTheWriter() throws {
        let pipe = try SidecarSystem.makePipe()
        defer { close(pipe.read) }
        let sink = LineSink(descriptor: pipe.write, daemon: "test", capacity: 100_000)
        let line = Array((String(repeating: "x", count: 99) + "\n").utf8)
        let start = ContinuousClock.now
        for _ in 0..<5000 { sink.write(line: line) }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(!sink.flush(seconds: 0.01))
        var received: [UInt8] = []
        let deadline = SidecarSystem.now() + 10
        var entries = [pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0)]
        while !sink.flush(seconds: 0), SidecarSystem.wait(&entries, until: deadline) {
            if case .bytes(let bytes) = SidecarSystem.readSome(pipe.read) { received += bytes }
        }
        close(pipe.write)
        while case .bytes(let bytes) = SidecarSystem.readSome(pipe.read) { received += bytes }
        let lines = received.split(separator: 0x0a)
        let whole = lines.filter { $0.elementsEqual(line.dropLast()) }.count
        let counters = lines.compactMap { TestLog.record(Array($0)) }.filter { $0["event"] == "dropped" }
        #expect(whole > 600 && whole < 5000 && whole + counters.count == lines.count)
        let dropped = counters.compactMap { Int($0["detail"]?.prefix { $0.isNumber } ?? "") }.reduce(0, +)
        #expect(whole + dropped == 5000)
    }

    @Test func aReaderThatIsGoneIsForgotten() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = try SidecarSystem.makePipe()
        close(pipe.read)
        let sink = LineSink(descriptor: pipe.write, daemon: "test")
        for _ in 0..<100 { sink.write(SidecarRecord(daemon: "test", event: "x")) }
        #expect(sink.flush(seconds: 5))
        close(pipe.write)
    }
}
