/**
 * Raw calls of the C library, in C's names and types. Seen only by the typed layers beside it. Not null-marked: what
 * is null and what isn't is C's business here.
 */
@NullUnmarked
package io.kubehv.hv.linux.libc;

import org.jspecify.annotations.NullUnmarked;
