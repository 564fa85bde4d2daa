namespace Akka.Broker.Client.Admin;

/// <summary>The cluster.</summary>
/// <param name="ClusterId">Given when it was formed.</param>
/// <param name="ControllerId">-1: none is known.</param>
/// <param name="Brokers">Those that are up; with fenced ones if they were asked for.</param>
public sealed record ClusterDescription(string ClusterId, int ControllerId, IReadOnlyList<BrokerDescription> Brokers);

/// <summary>A broker, as clients reach it.</summary>
public sealed record BrokerDescription(int Id, string Host, int Port, string? Rack, bool IsFenced);
