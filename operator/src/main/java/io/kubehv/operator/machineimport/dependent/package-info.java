/** What an import makes: disks, a VM with what it remembers, and the pods that read the export. */
@NullMarked
package io.kubehv.operator.machineimport.dependent;

import org.jspecify.annotations.NullMarked;
