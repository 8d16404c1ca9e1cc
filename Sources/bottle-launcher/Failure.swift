// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Why an operation could not be done: a stable id and one sentence.
struct Failure: Error {
    let id: StaticString
    let text: String

    init(_ id: StaticString, _ text: String) {
        self.id = id
        self.text = text
    }

    /// `action` completes "cannot"; `result` is a negative errno.
    init(_ id: StaticString, cannot action: String, _ result: Int) {
        self.id = id
        text = "cannot " + action + ": " + String(cString: launcher_error_name(Int32(truncatingIfNeeded: -result)))
    }

    var idBytes: [UInt8] { Array(UnsafeBufferPointer(start: id.utf8Start, count: id.utf8CodeUnitCount)) }
}

/// Passes a result on, or throws when it is a negative errno.
@discardableResult
func check(_ result: Int32, _ id: StaticString, _ action: @autoclosure () -> String) throws(Failure) -> Int32 {
    guard result >= 0 else { throw Failure(id, cannot: action(), Int(result)) }
    return result
}

/// Decodes fields, with a frame fault turned into a failure of the request.
func decoding<Value>(_ body: () throws(LauncherFrameFault) -> Value) throws(Failure) -> Value {
    do {
        return try body()
    } catch {
        throw Failure("protocol", "the request lacks a field or has a malformed one")
    }
}

/// A name for an error message; bytes that are not UTF-8 are replaced.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Whether a text is this one, byte by byte: Unicode's own comparison needs tables that are not linked.
func same(_ text: String, _ other: StaticString) -> Bool {
    Array(text.utf8) == Array(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
}

/// The text of an errno.
func errorName(_ result: Int32) -> String { String(cString: launcher_error_name(-result)) }

/// `EPERM` and its like as this kernel's results: negative.
enum ErrorNumber {
    static let notPermitted: Int32 = -1
    static let notFound: Int32 = -2
    static let accessDenied: Int32 = -13
    static let exists: Int32 = -17
    static let noSpace: Int32 = -28
    static let noChild: Int32 = -10
}
