// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "CanarySocket.h"
#include "Hypervisor.h"
#include "LauncherMount.h"
#include "LauncherSeccomp.h"
#include "LauncherSocket.h"
#include "LauncherSystem.h"
#include "ProbeFile.h"
#include "ProbeKernel.h"
#include "ProbeNetwork.h"
#include "ProbeProcess.h"
#include "ProbeScan.h"
#include "ProbeSecure.h"
#include "ProbeSweep.h"
#include "ProbeTree.h"
#include "ProbeUnix.h"
#include "ProbeVsock.h"
#include "Sha256.h"
#include "Sidecar.h"
