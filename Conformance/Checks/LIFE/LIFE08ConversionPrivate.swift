// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// LIFE-08: nobody else gets at an image while it is converted, and what is converted is what was asked for.
package struct LIFE08ConversionPrivate: Check {
    package init() {}

    package let requirement = Requirement(
        id: "LIFE-08",
        title: "conversion is private, and of the image asked for",
        statement:
            "While an image is converted nothing MUST listen for it on another address than a loopback address, and nothing that "
            + "served for it MUST stay on any path: a converter that takes an archive has no need of a registry; one that does MUST "
            + "run it for that one conversion, on a network of its own, out of reach of bottles, with helper images pinned by their "
            + "digests. What is converted MUST be what was saved, by its digests, and what was saved the image that was asked for.",
        why:
            "Whoever can put another image between the two, by moving a tag in a registry or by writing to the archive, decides what "
            + "runs in every bottle from then on; and a registry on all addresses hands the image to the whole network.",
        probed:
            "Conversions that succeed, fail, are interrupted and killed go on while the sockets of this machine are read over and "
            + "over, and what the engine holds is compared before and after. A few bytes in an archive are changed before it is "
            + "converted, and another time it is replaced by that of another image: both have to be refused before anything is "
            + "converted. A listener, a container and a network that the harness makes itself have to be seen. Nobody else may "
            + "work on the machine meanwhile, and what comes while nothing is converted says that somebody does. How a registry is "
            + "pinned and whom its network lets in is not tried.",
        remedy:
            "Convert from the archive. Before that, compare the configuration's digest with the image's and each layer's with the "
            + "configuration's. Where it takes a registry, publish it on 127.0.0.1 and remove it in the same place that removes "
            + "the archive.",
        kinds: [.microvm], scope: .host, profiles: .fullProfiles,
        mutants: ["tagswap": .violated, "registry0000": .violated, "leakregistry": .violated]
    )

    /// The kinds of things that the watcher has to have seen.
    private static let kinds = ["listener", "container", "network"]

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run(ConversionFindings.key, .conversion)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        ConversionFindings.judge(
            evidence,
            pass: "conversions opened nothing to others, left nothing, and took no other image than was asked for"
        ) { found in
            watcher(found.conversion) + listeners(found.conversion) + left(found) + changed(found)
                + refused(.imageSwapped, found)
        }
    }

    /// What somebody else did on the machine cannot be told from what the driver did.
    private func state(_ conversion: ConversionOutcome) -> Finding.State {
        conversion.strangers.isEmpty ? .leak : .missing
    }

    private func listeners(_ conversion: ConversionOutcome) -> [Finding] {
        let open = conversion.listeners.filter { !Self.isLoopback($0.socket) }
        guard !open.isEmpty else {
            return [Finding(.fact, .holds, "nothing came to listen on an address that others reach")]
        }
        return open.map {
            Finding(
                .fact, state(conversion),
                "\($0.socket) came to listen during \(ConversionFindings.name($0.during))")
        }
    }

    /// - Parameter socket: `tcp ADDRESS:PORT`, an IPv6 address in brackets.
    static func isLoopback(_ socket: String) -> Bool {
        let address = socket.split(separator: " ").last ?? ""
        return address.hasPrefix("127.") || address.hasPrefix("[::1]:") || address.hasPrefix("[::ffff:127.")
    }

    private func left(_ found: ConversionFindings) -> [Finding] {
        let paths: [ConversionOutcome.Attempt.How] = [
            .saveKilled, .convertFailed, .keepFailed, .interrupted, .packKilled,
        ]
        let tried = paths.flatMap { how in
            found.disturbed(how) { _ in
                [Finding(.attempt, .holds, "there was \(ConversionFindings.name(how))")]
            }
        }
        let left = found.conversion.left
        guard !left.isEmpty else {
            return tried + [Finding(.fact, .holds, "nothing that served for conversions stayed")]
        }
        let names = left.prefix(5).map(\.description).joined(separator: ", ")
        let more = left.count > 5 ? " and \(left.count - 5) more" : ""
        return tried + [
            Finding(.fact, state(found.conversion), "after the conversions there stayed \(names)\(more)")
        ]
    }

    private func watcher(_ conversion: ConversionOutcome) -> [Finding] {
        let seen = Self.kinds.map { kind in
            conversion.planted[kind] == true
                ? Finding(.fact, .holds, "the watcher saw the \(kind) that was planted")
                : Finding(
                    .fact, .missing,
                    "the watcher did not see a \(kind) that was planted, so that it saw no other proves nothing")
        }
        guard !conversion.strangers.isEmpty else { return seen }
        let names = conversion.strangers.prefix(3).joined(separator: ", ")
        return [
            Finding(
                .fact, .missing,
                "while nothing was converted there came \(names): somebody else is at work on this machine, so that what comes and "
                    + "stays may be theirs; run again when nobody is")
        ] + seen
    }

    /// Of packed layers no byte can be changed so that whoever unpacks them does not notice: the other image has to do.
    private func changed(_ found: ConversionFindings) -> [Finding] {
        guard found.conversion.isPacked, found.conversion.attempt(.contentChanged)?.isDisturbed == false else {
            return refused(.contentChanged, found)
        }
        return []
    }

    private func refused(_ how: ConversionOutcome.Attempt.How, _ found: ConversionFindings) -> [Finding] {
        let name = ConversionFindings.name(how)
        return found.disturbed(how) { attempt in
            guard attempt.isDisturbed else { return [] }
            if attempt.ready > 0 { return [Finding(.attempt, .leak, "\(name) succeeded, and bottles would run it")] }
            return [
                attempt.packs == 0
                    ? Finding(.attempt, .holds, "\(name) was refused: \(found.why(how))")
                    : Finding(
                        .attempt, .missing,
                        "\(name) was begun, and failed for another reason (\(found.why(how))): compare before anything is converted"
                    )
            ]
        }
    }
}
