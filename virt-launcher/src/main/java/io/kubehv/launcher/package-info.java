/**
 * The entry of a VM's pod: reads the definition, checks it and the pod, prepares files, and becomes QEMU. Touches the
 * pod's own files only, and talks to nobody.
 */
@NullMarked
package io.kubehv.launcher;

import org.jspecify.annotations.NullMarked;
