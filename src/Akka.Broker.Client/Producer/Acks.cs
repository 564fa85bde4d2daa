namespace Akka.Broker.Client;

/// <summary>Which replicas must have a record before it counts as delivered; the numbers are the protocol's.</summary>
public enum Acks : short
{
    /// <summary>All that are in sync.</summary>
    All = -1,

    /// <summary>Nobody is asked: what is sent counts as delivered, and its offset stays unknown.</summary>
    None = 0,

    /// <summary>The leader alone: what it has not passed on yet is lost with it.</summary>
    Leader = 1,
}
