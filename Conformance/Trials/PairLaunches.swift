// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleDriver
    import ConformanceEngine

    /// What came of two launches that nothing disturbs, and of those that stood in their networks' way.
    struct BottlePair: Sendable {
        /// The two, without their addresses: a look that fails is no failure of the launch.
        var whole: HostTrialOutcome.Launch
        var partial: HostTrialOutcome.Launch
        /// The launches that are about networks, these two among them, with what went wrong with any.
        var networks = HostTrialOutcome(kind: .networks)
        /// What a launch into a network that the host has had left when it was over.
        var leftByTaken: [String] = []
        /// The directories of bottles when everything was destroyed, before anybody else took one away.
        var left: [String]?
    }

    /// The launches of two bottles side by side; where networks are tried, of two more that must not come up.
    struct PairLaunches: Sendable {
        private typealias Launch = HostTrialOutcome.Launch

        let bottles: SceneBottles
        let obstacles: any TrialObstacles
        /// The driver's directory of all bottles.
        let state: String
        let whole: String
        let partial: String
        /// Another slug for the network of `whole`; nil where networks are not tried.
        let sibling: String?

        /// - Parameter wasLaunched: Called when the launch of `whole` is over.
        func bringUp(_ wasLaunched: @escaping @Sendable () -> Void) async -> BottlePair {
            async let first = first(wasLaunched)
            async let free = free()
            var pair = await first
            let other = await free
            pair.partial = other.partial
            pair.leftByTaken = other.leftByTaken
            pair.networks.launches += other.networks.launches
            pair.networks.failure = pair.networks.failure ?? other.networks.failure
            return pair
        }

        private func begin() -> BottlePair {
            BottlePair(whole: Launch(name: "whole", slug: whole), partial: Launch(name: "partial", slug: partial))
        }

        /// The first bottle, and while it is up its sibling, which takes no room of its own: there is never more than one
        /// of the two under way.
        private func first(_ wasLaunched: @Sendable () -> Void) async -> BottlePair {
            await bottles.gate.enter()
            defer { bottles.gate.leave() }
            var pair = begin()
            pair.whole = await bottles.launch("whole", whole)
            wasLaunched()
            guard let sibling else { return pair }
            await note(pair.whole, as: "first", in: &pair)
            await refuse("second", sibling, &pair)
            return pair
        }

        /// The second bottle; before it, a launch of the same slug while the host has its network.
        private func free() async -> BottlePair {
            await bottles.gate.enter()
            defer { bottles.gate.leave() }
            var pair = begin()
            if sibling != nil {
                do {
                    let undo = try await obstacles.takeNetwork(
                        "10.77.\(AddressPlan(slug: partial).octet).129/25", of: partial)
                    await refuse("taken", partial, &pair)
                    await undo()
                    pair.leftByTaken = FileScan.directories(of: state).filter { $0.contains(partial) }
                } catch {
                    pair.networks.failure = "\(error)"
                }
            }
            pair.partial = await bottles.launch("partial", partial)
            if sibling != nil { await note(pair.partial, as: "free", in: &pair) }
            return pair
        }

        /// A launch that has to be refused; what comes up is looked at and destroyed at once, since it shares a network.
        private func refuse(_ name: String, _ slug: String, _ pair: inout BottlePair) async {
            let launch = await bottles.launch(name, slug)
            await note(launch, as: name, in: &pair)
            guard let launched = launch.launched else { return }
            pair.noteEnd(of: launched, await bottles.destroy(BottleID(launched)))
        }

        private func note(_ launch: Launch, as name: String, in pair: inout BottlePair) async {
            var launch = await bottles.described(launch)
            launch.name = name
            pair.networks.launches.append(launch)
        }
    }

    extension BottlePair {
        /// A bottle of the trial of networks was destroyed, or was not: then nothing that it left is the driver's failure to
        /// tell networks apart.
        mutating func noteEnd(of slug: String, _ error: String?) {
            guard let error else { return }
            networks.failure = "bottle \(slug) could not be destroyed: \(error)"
        }
    }
#endif
