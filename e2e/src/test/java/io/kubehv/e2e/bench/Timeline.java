package io.kubehv.e2e.bench;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** When one VM got how far on its way from a manifest to a login prompt. The first time counts. */
final class Timeline {
    /** The steps of a start, in their order. */
    enum Mark {
        APPLIED,
        POD_CREATED,
        SCHEDULED,
        CONTAINER_CREATED,
        PROCESS_BEGUN,
        QEMU_UP,
        RUNNING,
        FIRST_BYTE,
        LOGIN
    }

    private final Map<Mark, Instant> marks = new ConcurrentHashMap<>();

    void mark(Mark mark, Instant at) {
        marks.merge(mark, at, (first, second) -> first.isBefore(second) ? first : second);
    }

    boolean has(Mark mark) {
        return marks.containsKey(mark);
    }

    /** The time from one mark to another; nothing where one of them was not seen. */
    Optional<Duration> between(Mark from, Mark to) {
        return has(from) && has(to) ? Optional.of(Duration.between(marks.get(from), marks.get(to))) : Optional.empty();
    }

    /** All but what Kubernetes takes to place the pod and to make its container, and the guest's own boot. */
    Optional<Duration> ownShare() {
        return between(Mark.APPLIED, Mark.POD_CREATED)
                .flatMap(operator ->
                        between(Mark.CONTAINER_CREATED, Mark.RUNNING).map(operator::plus));
    }

    @Override
    public String toString() {
        return marks.toString();
    }
}
