/**
 * The QEMU guest agent over its UNIX socket. What it says comes from the guest and is trusted for nothing; it may be
 * silent, late, or cut off at any time.
 */
@NullMarked
package io.kubehv.hv.qmp.agent;

import org.jspecify.annotations.NullMarked;
