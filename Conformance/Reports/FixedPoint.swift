// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Numbers in reports: a point as separator whatever the locale, never an exponent, a sign or `nan`.
enum FixedPoint {
    /// `value` rounded to at most three `digits` after the point; 0 for what is negative or no number.
    static func text(_ value: Double, digits: Int) -> String {
        guard value.isFinite, value > 0 else { return "0" }
        var scale = 1
        for _ in 0..<min(max(digits, 0), 3) { scale *= 10 }
        // A trillion seconds is past any run and far inside Int.
        let scaled = Int((min(value, 1e12) * Double(scale)).rounded())
        guard scale > 1, scaled % scale != 0 else { return String(scaled / scale) }
        let fraction = String(scaled % scale + scale).dropFirst()
        return "\(scaled / scale).\(fraction)"
    }
}
