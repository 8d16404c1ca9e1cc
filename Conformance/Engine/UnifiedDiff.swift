// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The difference of two texts as people read it: hunks of lines with some context, of bounded size.
public enum UnifiedDiff {
    /// Lines of the diff that are shown at most; the rest is counted.
    public static let longest = 120
    /// Lines of each text that are compared beyond their common beginning and end; of more, only the place is told.
    static let comparable = 1200
    /// Bytes of a line that are shown at most.
    static let widest = 300
    private static let context = 3

    /// The hunks that lead from one text to another; empty when they are the same.
    ///
    /// - Parameters:
    ///   - old: What was wanted; its lines begin with `-`.
    ///   - new: What came; its lines begin with `+`.
    public static func between(_ old: String, _ new: String, oldName: String, newName: String) -> String {
        // By bytes: Swift takes a composed and a decomposed letter for the same.
        guard !old.utf8.elementsEqual(new.utf8) else { return "" }
        let (left, right) = (lines(of: old), lines(of: new))
        let edits = edits(left, right)
        var output = ["--- \(oldName)", "+++ \(newName)"]
        for hunk in hunks(edits) { output += text(of: hunk, edits, left, right) }
        if output.count > longest {
            let more = output.count - longest
            output.removeSubrange(longest...)
            output.append("(and \(more) more lines)")
        }
        return output.joined(separator: "\n")
    }

    /// One line of both texts, or of one.
    private enum Edit { case same(Int, Int), removed(Int), added(Int) }

    private struct Line: Hashable {
        let bytes: [UInt8]
        /// Whether a line feed ends it.
        let isWhole: Bool
    }

    private static func lines(of text: String) -> [Line] {
        var parts = Array(text.utf8).split(separator: 0x0a, omittingEmptySubsequences: false).map(Array.init)
        guard let last = parts.popLast() else { return [] }
        let whole = parts.map { Line(bytes: $0, isWhole: true) }
        return last.isEmpty ? whole : whole + [Line(bytes: last, isWhole: false)]
    }

    private static func edits(_ left: [Line], _ right: [Line]) -> [Edit] {
        let shorter = min(left.count, right.count)
        let head = (0..<shorter).first { left[$0] != right[$0] } ?? shorter
        let tail =
            (0..<(shorter - head)).first { left[left.count - 1 - $0] != right[right.count - 1 - $0] }
            ?? shorter - head
        let (leftEnd, rightEnd) = (left.count - tail, right.count - tail)
        let middle = middle(Array(left[head..<leftEnd]), Array(right[head..<rightEnd])).map { edit in
            switch edit {
            case .same(let old, let new): Edit.same(old + head, new + head)
            case .removed(let old): Edit.removed(old + head)
            case .added(let new): Edit.added(new + head)
            }
        }
        return (0..<head).map { .same($0, $0) } + middle + (0..<tail).map { .same(leftEnd + $0, rightEnd + $0) }
    }

    /// By the longest common subsequence; of texts that are too long for that, everything is replaced.
    private static func middle(_ left: [Line], _ right: [Line]) -> [Edit] {
        guard left.count <= comparable, right.count <= comparable else {
            return left.indices.map { .removed($0) } + right.indices.map { .added($0) }
        }
        let width = right.count + 1
        var lengths = [Int32](repeating: 0, count: (left.count + 1) * width)
        for old in left.indices.reversed() {
            for new in right.indices.reversed() {
                lengths[old * width + new] =
                    left[old] == right[new]
                    ? lengths[(old + 1) * width + new + 1] + 1
                    : max(lengths[(old + 1) * width + new], lengths[old * width + new + 1])
            }
        }
        var edits: [Edit] = []
        var (old, new) = (0, 0)
        while old < left.count || new < right.count {
            if old < left.count, new < right.count, left[old] == right[new] {
                edits.append(.same(old, new))
                (old, new) = (old + 1, new + 1)
            } else if new == right.count
                || old < left.count && lengths[(old + 1) * width + new] >= lengths[old * width + new + 1]
            {
                edits.append(.removed(old))
                old += 1
            } else {
                edits.append(.added(new))
                new += 1
            }
        }
        return edits
    }

    /// Runs of edits with their context; runs that touch become one.
    private static func hunks(_ edits: [Edit]) -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (index, edit) in edits.enumerated() {
            if case .same = edit { continue }
            let range = max(0, index - context)..<min(edits.count, index + context + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }

    private static func text(of hunk: Range<Int>, _ edits: [Edit], _ left: [Line], _ right: [Line]) -> [String] {
        var (oldStart, newStart) = (0, 0)
        for edit in edits[..<hunk.lowerBound] {
            switch edit {
            case .same: (oldStart, newStart) = (oldStart + 1, newStart + 1)
            case .removed: oldStart += 1
            case .added: newStart += 1
            }
        }
        var (oldCount, newCount) = (0, 0)
        var body: [String] = []
        func show(_ sign: String, _ line: Line) {
            let shown = String(decoding: line.bytes.prefix(widest), as: UTF8.self)
            let rest = line.bytes.count - widest
            body.append(sign + shown + (rest > 0 ? "… (and \(rest) more bytes)" : ""))
            if !line.isWhole { body.append("\\ No newline at end of file") }
        }
        for edit in edits[hunk] {
            switch edit {
            case .same(let old, _):
                (oldCount, newCount) = (oldCount + 1, newCount + 1)
                show(" ", left[old])
            case .removed(let old):
                oldCount += 1
                show("-", left[old])
            case .added(let new):
                newCount += 1
                show("+", right[new])
            }
        }
        func range(_ start: Int, _ count: Int) -> String {
            // An empty range stands behind the line that it names.
            count == 1 ? "\(start + 1)" : "\(count == 0 ? start : start + 1),\(count)"
        }
        return ["@@ -\(range(oldStart, oldCount)) +\(range(newStart, newCount)) @@"] + body
    }
}
