package io.kubehv.operator.virtualharddisk;

import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import java.util.Collection;
import java.util.Set;

/** Wakes disks that wait for another of the same kind: a clone for its parent. */
final class DiskWaker extends AbstractEventSource<Void, VirtualHardDisk> {
    DiskWaker() {
        super(Void.class, "disk-waker");
    }

    void wake(Collection<VirtualHardDisk> disks) {
        disks.forEach(disk -> getEventHandler().handleEvent(new Event(ResourceID.fromResource(disk))));
    }

    @Override
    public Set<Void> getSecondaryResources(VirtualHardDisk primary) {
        return Set.of();
    }
}
