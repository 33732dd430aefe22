package io.kubehv.operator;

import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.quarkus.arc.profile.UnlessBuildProfile;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** One operator acts at a time: the one that holds the Lease. One that loses it ends, and comes back as a follower. */
public class LeaderElection {
    private static final String LEASE = "kubehv-operator";
    private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

    @Produces
    @Singleton
    @UnlessBuildProfile(anyOf = {"test", "dev"})
    LeaderElectionConfiguration configuration(
            @ConfigProperty(name = "pod.namespace", defaultValue = "kubehv-system") String namespace,
            @ConfigProperty(name = "pod.name") Optional<String> name) {
        return new LeaderElectionConfiguration(
                LEASE, namespace, LEASE_DURATION, RENEW_DEADLINE, RETRY_PERIOD, name.orElse(null), null, true);
    }
}
