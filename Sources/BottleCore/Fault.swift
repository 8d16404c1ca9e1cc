// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// One way in which a reference backend is deliberately broken, so that a check can be seen to fail.
///
/// A fault is never part of a manifest: only a `mutant:` backend sets it, and every report of such a run says so.
public enum Fault: String, Sendable, Hashable, Codable, CaseIterable {
    // Network of the guest
    case open, v6open, hostnet, loop127, gwopen, hostalias, autoresolver, cidronly, blackhole, sharednet
    case seccompvsock
    // What an engine makes of a network by itself
    case plainbridge, internalbridge
    // Sidecars
    case egress0000, egressoff, nossrf, noproxy, tcpsink, denyall, noinject, nostrip, httponly, connectonly, emptyopen
    case extraport, anyport, nosni, insecure, warn, passthrough, suffixroute
    case literal, suffix, resolvefirst, firstonly, adminopen, noredact, noentropy, reresolve, follow
    case envall, direct
    // Driver and provisioning
    case latepreflight, tokenless, nocheck, vaguerefusal, nometa, localtime, chmodlater, tokenargv, tokenfile
    case noprompt, staleprompt, skipempty, allskills, wrongdir, warnskip, hostexec, canned, pid1only
    case leaknet, leakvolume, strictrm
    case rootowned, uid501, inherit, capall, privileged, unmasked, rootexec, sockmount
    case envtoken, filetoken
    // Certificate authorities: what a guest is given of them, how long they live, who can read their keys
    case noca, stalebundle, keytoo, sharedca, keyopen
    // A virtual machine
    case container, agentopen, sshagent, vsockextra, published
    // From an image to a machine
    case tagkey, partial, savefail, tagswap, registry0000, leakregistry
}
