// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#pragma once
#include "ProbeFile.h"
#include "ProbeNetwork.h"
#include "ProbeProcess.h"
