/**
 * The programs of an import's pods: one disk image from one source becomes one raw disk, and a manifest is checked. It trusts nothing of the image: it
 * names the format to qemu-img itself and refuses whatever points outside the file. It knows no Kubernetes.
 */
@NullMarked
package io.kubehv.launcher.imports;

import org.jspecify.annotations.NullMarked;
