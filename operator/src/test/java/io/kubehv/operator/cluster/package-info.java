/** Component tests: the operator against a real API server and etcd, with the node's part played by the test. */
package io.kubehv.operator.cluster;
