package io.kubehv.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.util.Collection;
import java.util.Set;

/** Wakes objects that nothing happened to but to another that they look at: a clone's parent, a checkpoint's VM. */
public final class Waker<P extends HasMetadata> extends AbstractEventSource<Void, P> {
    public Waker(String name) {
        super(Void.class, name);
    }

    public void wake(Collection<P> woken) {
        woken.forEach(found -> getEventHandler().handleEvent(new Event(ResourceID.fromResource(found))));
    }

    @Override
    public Set<Void> getSecondaryResources(P primary) {
        return Set.of();
    }
}
