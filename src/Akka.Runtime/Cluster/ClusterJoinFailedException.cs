using Akka.Actor;

namespace Akka.Cluster;

/// <summary>A join did not come to its end.</summary>
public class ClusterJoinFailedException(string message) : AkkaException(message);
