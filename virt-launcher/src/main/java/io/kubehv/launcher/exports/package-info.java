/**
 * The program of an export's pod: raw disks and what a machine remembers become a folder of files, or files on a web server, with
 * a manifest that is written last. It knows no Kubernetes.
 */
@NullMarked
package io.kubehv.launcher.exports;

import org.jspecify.annotations.NullMarked;
