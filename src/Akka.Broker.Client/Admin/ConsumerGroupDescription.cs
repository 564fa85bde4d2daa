using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin;

/// <summary>A group as the list of groups shows it.</summary>
/// <param name="GroupId">Its name.</param>
/// <param name="ProtocolType"><c>consumer</c>, or what else its members use the group for; empty if it never had members.</param>
/// <param name="State">Kafka's word: Stable, PreparingRebalance, CompletingRebalance, Empty, Dead. Empty from brokers that do not tell it.</param>
/// <param name="CoordinatorId">The broker that coordinates it.</param>
public sealed record ConsumerGroupListing(string GroupId, string ProtocolType, string State, int CoordinatorId);

/// <summary>All groups that could be listed.</summary>
/// <param name="Groups">Those of the brokers that answered.</param>
/// <param name="Errors">The brokers that did not answer; their groups are missing.</param>
public sealed record ConsumerGroupListings(IReadOnlyList<ConsumerGroupListing> Groups, IReadOnlyDictionary<int, BrokerClientException> Errors);

/// <summary>A group with its members.</summary>
/// <param name="GroupId">Its name.</param>
/// <param name="State">Kafka's word: Stable, PreparingRebalance, CompletingRebalance, Empty.</param>
/// <param name="ProtocolType"><c>consumer</c>, or what else its members use the group for.</param>
/// <param name="PartitionAssignor">The assignor that its members agreed on.</param>
/// <param name="Members">Who is in it.</param>
/// <param name="CoordinatorId">The broker that coordinates it.</param>
public sealed record ConsumerGroupDescription(
    string GroupId, string State, string ProtocolType, string PartitionAssignor, IReadOnlyList<MemberDescription> Members, int CoordinatorId);

/// <summary>A member of a group.</summary>
/// <param name="MemberId">Given by the coordinator.</param>
/// <param name="GroupInstanceId">Of a static member; null: it is none.</param>
/// <param name="ClientId">What it calls itself.</param>
/// <param name="Host">Where it connects from.</param>
/// <param name="Subscription">Topics that it asked for; null if that cannot be read, as between rebalances.</param>
/// <param name="Assignment">Partitions that it was given; null if that cannot be read.</param>
public sealed record MemberDescription(
    string MemberId, string? GroupInstanceId, string ClientId, string Host, IReadOnlyList<string>? Subscription, IReadOnlyList<TopicPartition>? Assignment);
