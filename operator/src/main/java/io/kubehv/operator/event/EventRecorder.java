package io.kubehv.operator.event;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Tells users of a step in an object's life, once: the caller records after the status that shows the step is stored,
 * and a status is stored once.
 */
@ApplicationScoped
public class EventRecorder {
    private static final Logger LOG = Logger.getLogger(EventRecorder.class);
    private static final int LONGEST_NOTE = 1000;
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final Clock clock;

    public EventRecorder(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** Tells that {@code subject} came to {@code verdict} from the reason {@code before}; nothing if it did not move. */
    public void moved(HasMetadata subject, String before, Verdict verdict) {
        if (before.equals(verdict.reason())) {
            return;
        }
        Reason.of(verdict.reason())
                .ifPresentOrElse(
                        reason -> reason.event()
                                .ifPresent(event -> record(subject, event, reason.severity(), verdict.message())),
                        () -> record(subject, verdict.reason(), Reason.Severity.WARNING, verdict.message()));
    }

    private void record(HasMetadata subject, String reason, Reason.Severity severity, String message) {
        String place = namespace(subject) + "/" + subject.getMetadata().getName();
        LOG.infof("%s %s: %s: %s", subject.getKind(), place, reason, message);
        try {
            client.events()
                    .v1()
                    .events()
                    .inNamespace(namespace(subject))
                    .resource(event(subject, reason, severity, message))
                    .create();
        } catch (KubernetesClientException e) {
            // An event is news, not state: the work that it tells of is done and must not be done again for its sake.
            LOG.warnf(e, "%s: can't record the event %s", place, reason);
        }
    }

    /** Kubernetes keeps what is told of cluster-wide objects in this namespace. */
    private static String namespace(HasMetadata subject) {
        String own = subject.getMetadata().getNamespace();
        return own == null ? "default" : own;
    }

    private Event event(HasMetadata subject, String reason, Reason.Severity severity, String message) {
        return new EventBuilder()
                .withNewMetadata()
                .withName(DerivedName.of(
                        subject.getMetadata().getName(),
                        UUID.randomUUID().toString().substring(0, 13)))
                .withNamespace(namespace(subject))
                .endMetadata()
                .withEventTime(new MicroTime(MICROSECONDS.format(clock.instant())))
                .withReportingController(KubeHV.GROUP + "/operator")
                .withReportingInstance(System.getenv().getOrDefault("HOSTNAME", "operator"))
                .withAction("Reconcile")
                .withReason(reason)
                .withType(severity == Reason.Severity.NORMAL ? "Normal" : "Warning")
                .withNote(message.length() <= LONGEST_NOTE ? message : message.substring(0, LONGEST_NOTE))
                .withRegarding(new ObjectReferenceBuilder()
                        .withApiVersion(subject.getApiVersion())
                        .withKind(subject.getKind())
                        .withNamespace(subject.getMetadata().getNamespace())
                        .withName(subject.getMetadata().getName())
                        .withUid(subject.getMetadata().getUid())
                        .build())
                .build();
    }
}
