// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Recognises whole terminal escape sequences (ECMA-48), 7-bit and 8-bit.
enum EscapeSequence {
    /// No terminal needs longer ones; without a bound one lone introducer would swallow the rest of a report.
    private static let longest = 4096

    /// The index after the sequence that starts at `start`; nil when none starts there or it never ends.
    static func end(in text: String.UnicodeScalarView, at start: String.Index) -> String.Index? {
        let introducer = text[start]
        let next = text.index(after: start)
        switch introducer.value {
        case 0x9B: return controlSequence(text, from: next)
        case 0x90, 0x98, 0x9D...0x9F: return controlString(text, from: next)
        case 0x1B: break
        default: return nil
        }
        guard next < text.endIndex else { return nil }
        switch text[next] {
        case "[": return controlSequence(text, from: text.index(after: next))
        case "]", "P", "X", "^", "_": return controlString(text, from: text.index(after: next))
        default: return escape(text, from: next)
        }
    }

    /// CSI: parameter bytes, intermediate bytes, one final byte.
    private static func controlSequence(_ text: String.UnicodeScalarView, from start: String.Index) -> String.Index? {
        var index = start
        var count = 0
        while index < text.endIndex, count < longest {
            let value = text[index].value
            index = text.index(after: index)
            count += 1
            if (0x40...0x7E).contains(value) { return index }
            guard (0x20...0x3F).contains(value) else { return nil }
        }
        return nil
    }

    /// OSC, DCS, SOS, PM, APC: everything up to BEL or ST; any other control breaks it off, as in a terminal.
    private static func controlString(_ text: String.UnicodeScalarView, from start: String.Index) -> String.Index? {
        var index = start
        var count = 0
        while index < text.endIndex, count < longest {
            let value = text[index].value
            let after = text.index(after: index)
            count += 1
            switch value {
            case 0x07, 0x9C: return after
            case 0x1B:
                guard after < text.endIndex, text[after] == "\\" else { return nil }
                return text.index(after: after)
            case 0..<0x20, 0x7F..<0xA0: return nil
            default: index = after
            }
        }
        return nil
    }

    /// ESC, intermediate bytes, one final byte, for example `ESC c` or `ESC ( B`.
    private static func escape(_ text: String.UnicodeScalarView, from start: String.Index) -> String.Index? {
        var index = start
        var count = 0
        while index < text.endIndex, count < 8 {
            let value = text[index].value
            index = text.index(after: index)
            count += 1
            if (0x30...0x7E).contains(value) { return index }
            guard (0x20...0x2F).contains(value) else { return nil }
        }
        return nil
    }
}
