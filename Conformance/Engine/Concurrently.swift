// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Runs pieces of work, at most `limit` at once, and hands back what each yields, in the order they were given.
func concurrently<Value: Sendable>(limit: Int, _ work: [@Sendable () async -> Value]) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var results = [Value?](repeating: nil, count: work.count)
        for (index, operation) in work.enumerated() {
            if index >= max(1, limit), let (done, value) = await group.next() { results[done] = value }
            group.addTask { (index, await operation()) }
        }
        for await (done, value) in group { results[done] = value }
        return results.compactMap(\.self)
    }
}
