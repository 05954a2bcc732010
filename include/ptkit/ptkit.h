/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/**
 * @file ptkit.h
 * All of ptkit's public interface, and its version.
 */
#ifndef PTKIT_PTKIT_H
#define PTKIT_PTKIT_H

#include <ptkit/boot.h>
#include <ptkit/build.h>
#include <ptkit/emit.h>
#include <ptkit/entry.h>
#include <ptkit/error.h>
#include <ptkit/like.h>
#include <ptkit/linux.h>
#include <ptkit/mem.h>
#include <ptkit/process.h>
#include <ptkit/regime.h>
#include <ptkit/render.h>
#include <ptkit/spec.h>
#include <ptkit/text.h>
#include <ptkit/walk.h>

/** Version of these headers. */
#define PTK_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library that is linked. Static. */
PTK_API const char *ptk_version(void);

#ifdef __cplusplus
}
#endif
#endif
