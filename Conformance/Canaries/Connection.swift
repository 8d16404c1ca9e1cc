// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import SystemPackage

#if TLS
    import BottleTLS
#endif

/// One TCP conversation of a canary; lives on the serving thread only.
final class Connection {
    /// How long a conversation may take, whatever the client does.
    static let lifetime = Duration.seconds(3)
    /// How many bytes are read from one client.
    static let readLimit = 64 << 10
    /// How long a client may think about the rest of a line that may become an HTTP request line.
    static let decisionTime = Duration.milliseconds(250)
    /// How many bytes an HTTP head may have before it is answered as if it were none.
    static let headLimit = 16 << 10

    private enum Stage {
        /// Nothing has been answered yet.
        case listening
        /// Everything was answered: what still comes is witnessed and otherwise ignored.
        case answered
    }

    let descriptor: Int32
    let canary: Canary
    let deadline: ContinuousClock.Instant
    private(set) var isOpen = true
    private let peer: String
    private let context: ServingContext
    /// From the canary's own address: one of the harness's controls, which has all it wanted when it hangs up.
    private let isOwn: Bool
    private var stage = Stage.listening
    private var headDecided = false
    private var endsWriting = false
    private var inputEnded = false
    private var received = 0
    /// What has not been answered yet.
    private var input: [UInt8] = []
    private var output: ArraySlice<UInt8> = []
    private var scanner = NonceScanner()
    private var askedNames: [String] = []
    private var record: Int?
    private var isWitnessed = false
    private var decideBy: ContinuousClock.Instant?
    private var hello: HelloReader
    #if TLS
        private var endpoint: TLSEndpoint?
    #endif

    init(descriptor: Int32, peer: SocketAddress, canary: Canary, context: ServingContext) {
        self.descriptor = descriptor
        self.canary = canary
        self.context = context
        self.peer = peer.description
        isOwn =
            SocketAddress(canary.address, port: 0).map { $0.family == peer.family && $0.bytes == peer.bytes } ?? false
        deadline = .now + Self.lifetime
        hello = HelloReader(isAwaited: canary.service == .http && context.speaksTLS)
        // A client that only reads must learn where it is, too. HTTP clients take bytes before a request for an error.
        if canary.service == .banner { send(Array("BOTTLE-CANARY \(context.banner)\n".utf8)) }
    }

    var wantsWriting: Bool { !output.isEmpty }
    var wantsReading: Bool { !inputEnded }
    /// When the connection needs attention even if nothing arrives.
    var nextDeadline: ContinuousClock.Instant { min(deadline, decideBy ?? deadline) }

    /// Takes in everything that has arrived.
    func read() {
        while isOpen, wantsReading {
            switch SocketCalls.receive(descriptor, atMost: 16 << 10) {
            case .bytes(let bytes):
                take(bytes)
                if received >= Self.readLimit { close() }
            case .end:
                inputEnded = true
                finishInput()
                // The peer has stopped sending, not reading; `write` closes when the rest is out.
                if wantsWriting { return }
                close()
            case .empty:
                return
            case .failed:
                close()
            }
        }
    }

    /// Goes on sending what the kernel did not take before.
    func write() {
        guard isOpen else { return }
        do throws(Errno) {
            while !output.isEmpty {
                let sent = try SocketCalls.send(descriptor, output)
                if sent == 0 { return }
                output = output.dropFirst(sent)
            }
            if endsWriting {
                endsWriting = false
                SocketCalls.endWriting(descriptor)
            }
            if inputEnded { close() }
        } catch {
            // A client that resets at once makes our answer fail, but what it sent before is still there to be read:
            // closing here would lose it. The read that follows finds the end, and closes.
            output = []
        }
    }

    /// Does what is due by time alone.
    func expire(_ now: ContinuousClock.Instant) {
        if now >= deadline {
            read()
            if case .plain(let bytes) = hello.end() {
                takePlain(bytes)
                if isOpen, stage == .listening { answerPlainly() }
            }
            return close()
        }
        if let decideBy, now >= decideBy { answerPlainly() }
    }

    /// Records a client that has sent nothing so far; a later byte still completes the record.
    func witnessSilence() {
        // Half of a first message of TLS is not silence: what came of it is on record as it came.
        if case .plain(let bytes) = hello.end() { takePlain(bytes) }
        guard !isWitnessed else { return }
        isWitnessed = true
        record = context.ledger.note(nil, canary: canary.id, peer: peer, bytes: [], nonces: [])
    }

    /// Closes the socket, once; a connection that sent nothing is a fact as well.
    func close() {
        guard isOpen else { return }
        witnessSilence()
        // Taking in what was held back may have closed it.
        guard isOpen else { return }
        isOpen = false
        // Hundreds of controls would be remembered for two minutes by whoever tracks connections on the bottle's host: an
        // engine reads all of them through whenever a container goes.
        if isOwn, inputEnded { SocketCalls.resetOnClose(descriptor) }
        SocketCalls.close(descriptor)
    }

    /// What the network brought: TLS, or what is meant.
    private func take(_ bytes: [UInt8]) {
        received += bytes.count
        #if TLS
            if let endpoint {
                endpoint.receive(bytes)
                return pump(endpoint)
            }
        #endif
        switch hello.take(bytes) {
        case .undecided: break
        case .plain(let bytes): takePlain(bytes)
        case .tls(let serverName, let bytes): secure(serverName, bytes)
        }
    }

    /// A client that says whom it wants has been heard, whatever becomes of it.
    private func secure(_ serverName: String?, _ bytes: [UInt8]) {
        let name = serverName ?? ""
        scanner.feed(Array("\(name)\n".utf8))
        witness([], serverName: name)
        #if TLS
            guard let made = try? context.origin?.endpoint(for: serverName) else { return close() }
            endpoint = made
            made.receive(bytes)
            pump(made)
        #endif
    }

    #if TLS
        private func pump(_ endpoint: TLSEndpoint) {
            let meant = endpoint.takeInput()
            if !meant.isEmpty { takePlain(meant) }
            guard isOpen else { return }
            put(endpoint.takeOutput())
            // Nobody will be understood any more; what there is to say about it is out.
            if case .failed = endpoint.state { close() }
        }
    #endif

    private func takePlain(_ bytes: [UInt8]) {
        scanner.feed(bytes)
        switch (stage, canary.service) {
        case (.answered, _): witness(bytes)
        case (.listening, .dnsTCP), (.listening, .dnsUDP): answerQueries(bytes)
        case (.listening, .http): answerRequest(bytes)
        case (.listening, .banner), (.listening, .echo):
            input += bytes
            witness(bytes)
            answerPlainly()
        }
    }

    /// Recorded before it is answered: whoever holds an answer knows that the witness has the question.
    private func witness(_ bytes: [UInt8], serverName: String? = nil) {
        let known = scanner.nonces
        let nonces = known + askedNames.filter { !known.contains($0) }
        // Too many records: `note` has marked the canary, and asking again would mark it for each piece.
        guard record != nil || !isWitnessed else { return }
        isWitnessed = true
        record = context.ledger.note(
            record, canary: canary.id, peer: peer, bytes: bytes, nonces: nonces, serverName: serverName)
    }

    private func answerPlainly() {
        decideBy = nil
        let echo = "ECHO \(Hex.text(input.prefix(64)))\n"
        let banner = canary.service == .banner ? "" : "BOTTLE-CANARY \(context.banner)\n"
        finish(Array((banner + echo).utf8))
    }

    private func answerRequest(_ bytes: [UInt8]) {
        witness(bytes)
        let tail = headDecided ? input.count - min(input.count, 3) : 0
        input += bytes
        // A client that sends byte by byte must not make us parse its head as many times.
        if headDecided, !Self.hasBlankLine(input[tail...]), input.count < Self.headLimit { return }
        if !headDecided, input.count > 32, !bytes.contains(0x0a), input.count < Self.headLimit {
            decideBy = .now + Self.decisionTime
            return
        }
        switch RequestHead.read(input) {
        case .complete(let head): finish(head.response(banner: context.banner))
        case .otherwise: answerPlainly()
        case .undecided where input.count >= Self.headLimit, .incomplete where input.count >= Self.headLimit:
            answerPlainly()
        case .undecided: decideBy = .now + Self.decisionTime
        case .incomplete:
            decideBy = nil
            headDecided = true
        }
    }

    private static func hasBlankLine(_ bytes: ArraySlice<UInt8>) -> Bool {
        var atLineStart = false
        for byte in bytes {
            if byte == 0x0a {
                if atLineStart { return true }
                atLineStart = true
            } else if byte != 0x0d {
                atLineStart = false
            }
        }
        return false
    }

    private func answerQueries(_ bytes: [UInt8]) {
        input += bytes
        var answers: [UInt8] = []
        while input.count >= 2 {
            let length = Int(input[0]) << 8 | Int(input[1])
            guard input.count >= 2 + length else { break }
            let (response, names) = context.zone.answer(Array(input[2..<2 + length]))
            input.removeFirst(2 + length)
            askedNames += names.flatMap { NonceScanner.nonces(in: $0.utf8) }
            if let response { answers += DNSMessage.framed(response) }
        }
        witness(bytes)
        if !answers.isEmpty { send(answers) }
    }

    /// The peer stopped sending: what it began is all there will be.
    private func finishInput() {
        if case .plain(let bytes) = hello.end() { takePlain(bytes) }
        if stage == .listening, canary.service == .http, !input.isEmpty { answerPlainly() }
    }

    private func finish(_ answer: [UInt8]) {
        stage = .answered
        decideBy = nil
        input = []
        // Half-closing, and reading on, keeps a reset from overtaking the answer.
        endsWriting = true
        #if TLS
            if let endpoint {
                endpoint.send(answer)
                // In one piece with the answer: behind a half-closed socket nobody would hear it.
                endpoint.closeOutput()
                return put(endpoint.takeOutput())
            }
        #endif
        put(answer)
    }

    private func send(_ bytes: [UInt8]) {
        #if TLS
            if let endpoint {
                endpoint.send(bytes)
                return put(endpoint.takeOutput())
            }
        #endif
        put(bytes)
    }

    /// Hands bytes to the network, as soon as it takes them.
    private func put(_ bytes: [UInt8]) {
        output += bytes
        // A client that asks and never reads.
        guard output.count <= Self.readLimit else { return close() }
        write()
    }
}
