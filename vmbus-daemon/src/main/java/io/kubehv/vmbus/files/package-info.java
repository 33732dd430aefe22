/**
 * The directories that the daemon shares with the kubelet: where things lie in a pod's directory, and being told when
 * they appear. What a pod can write is not trusted: links are not followed.
 */
@NullMarked
package io.kubehv.vmbus.files;

import org.jspecify.annotations.NullMarked;
