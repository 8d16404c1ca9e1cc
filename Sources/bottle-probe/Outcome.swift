// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What one probe found, before it is written as a line.
struct Outcome {
    /// The step that failed, or `done`.
    enum Stage {
        case socket
        case connect
        case send
        case receive
        case done

        /// The name on the wire.
        var name: StaticString {
            switch self {
            case .socket: "socket"
            case .connect: "connect"
            case .send: "send"
            case .receive: "receive"
            case .done: "done"
            }
        }
    }

    /// One named answer, bytes as they were found.
    struct Fact {
        var name: Bytes
        var value: Bytes
    }

    var stage: Stage
    /// A positive error number, or 0 when nothing failed.
    var errno: Int32 = 0
    /// What was read in each turn.
    var received: [Bytes] = []
    /// The watchdog ended the probe, or it crashed.
    var killed = false
    var facts: [Fact] = []

    /// An outcome at a stage; `errno` takes a positive number or the negative one of a failed call.
    init(_ stage: Stage, errno: Int32 = 0) {
        self.stage = stage
        self.errno = errno < 0 ? -errno : errno
    }

    /// Adds a fact with a literal name.
    mutating func note(_ name: StaticString, _ value: Bytes) {
        facts.append(Fact(name: Bytes(name), value: value))
    }

    /// The JSON line, newline included; `microseconds` is how long the probe took.
    func line(_ request: Request, microseconds: UInt64) -> Bytes {
        var json = Json()
        json.raw("{\"begin\":")
        json.string(request.nonce)
        json.raw(",\"id\":")
        json.string(request.id)
        json.raw(",\"stage\":\"")
        json.raw(stage.name)
        json.raw("\",\"errno\":")
        if errno == 0 {
            json.raw("null")
        } else {
            json.string(Self.name(of: errno))
        }
        json.raw(",\"ms\":")
        json.raw(Bytes(decimal: microseconds / 1000))
        json.raw(".")
        json.raw(Bytes(microseconds % 1000, base: 10, width: 3))
        json.raw(killed ? ",\"killed\":true,\"received\":[" : ",\"killed\":false,\"received\":[")
        for (index, turn) in received.enumerated() {
            json.raw(index == 0 ? "\"" : ",\"")
            json.raw(Hex.encode(turn))
            json.raw("\"")
        }
        json.raw("],\"facts\":{")
        for (index, fact) in facts.enumerated() {
            if index > 0 { json.raw(",") }
            json.string(fact.name)
            json.raw(":")
            json.value(fact.value)
        }
        json.raw("},\"end\":")
        json.string(request.nonce)
        json.raw("}\n")
        return json.bytes
    }

    /// The line for input that could not be read.
    static func malformed(line number: Int, _ problem: StaticString) -> Bytes {
        var text = Bytes("line ")
        text += Bytes(decimal: UInt64(number))
        text.append(": ")
        text.append(problem)
        var json = Json()
        json.raw("{\"begin\":\"\",\"id\":\"?\",\"stage\":\"input\",\"error\":")
        json.string(text)
        json.raw(",\"errno\":null,\"ms\":0.000,\"killed\":false,\"received\":[],\"facts\":{},\"end\":\"\"}\n")
        return json.bytes
    }

    /// The symbolic name of an error number, or `E` and the number.
    static func name(of number: Int32) -> Bytes {
        let known = Bytes(terminated: probe_errno_name(number))
        return known.isEmpty ? Bytes("E") + Bytes(decimal: UInt64(number)) : known
    }
}
