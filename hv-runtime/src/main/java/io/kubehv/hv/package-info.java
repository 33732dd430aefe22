/** What a hypervisor needs, without Kubernetes: the machine model, QMP, disks and the accelerator probe. */
@NullMarked
package io.kubehv.hv;

import org.jspecify.annotations.NullMarked;
