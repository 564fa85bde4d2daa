using Akka.Broker.Connections;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replication.Metadata;
using Akka.Broker.Replication.Quorum;

namespace Akka.Broker.Quorum.Wire;

/// <summary>What requests say of their sender beside the query.</summary>
/// <param name="ClusterId">Null: it knows none yet.</param>
/// <param name="Voters">The newest that it has.</param>
/// <param name="Listener">Of brokers.</param>
/// <param name="Address">Its own on that; null where nobody else could reach it.</param>
/// <param name="FetchBytes">How much it wants to be answered at most.</param>
internal sealed record QuorumAsker(string? ClusterId, VoterSet Voters, string Listener, BrokerAddress? Address, int FetchBytes);

/// <summary>
/// One kind of query of the metadata quorum as Kafka's request and response of the same name, in the highest version, with the one partition that there is. It
/// translates for who asks and for who is asked. Stateless.
/// </summary>
internal abstract class QuorumExchange<TQuery, TRequest, TResponse, TReply>
    where TQuery : QuorumQuery
    where TRequest : IRequest, new()
    where TResponse : IResponse, new()
    where TReply : QuorumReply
{
    protected const int Partition = 0;
    protected const string Topic = InternalTopics.ClusterMetadata;

    // ---- For who asks ----

    public abstract TRequest RequestOf(TQuery query, QuorumAsker self);

    /// <summary>Null: it does not answer the query. What is longer than a few fields is a copy: the response's memory is used again.</summary>
    public abstract TReply? ReplyOf(TResponse response, TQuery query);

    /// <summary>What the response says at its top.</summary>
    public abstract ErrorCode ErrorOf(TResponse response);

    /// <summary>Where leaders are, as the response says.</summary>
    public abstract IEnumerable<PeerTold> LeadersOf(TResponse response);

    // ---- For who is asked ----

    /// <summary>The versions that are announced: from the lowest that says all that is needed.</summary>
    public abstract (short Min, short Max) Versions { get; }

    public abstract string? ClusterIdOf(TRequest request);

    /// <summary>Null: it is not about the metadata log. The id is the quorum's actor's to give.</summary>
    public abstract TQuery? QueryOf(TRequest request, ReplicaKey self);

    /// <summary>Where the asker is reached; null: it does not say.</summary>
    public virtual BrokerAddress? AddressOf(TRequest request) => null;

    public abstract TResponse ResponseOf(TReply reply, QuorumStatus status);

    public abstract TResponse Refuse(ErrorCode error);

    /// <summary>The leader that a reply names and that can be reached.</summary>
    protected static List<TNode> LeaderOf<TNode>(QuorumReply reply, QuorumStatus status, Func<int, BrokerAddress, TNode> node) =>
        reply.LeaderId >= 0 && status.Leader is { } at ? [node(reply.LeaderId, at)] : [];

    protected static ReadOnlyMemory<byte> CopyOf(Records? records) => records is MemoryRecords memory ? memory.Memory.ToArray() : default;
}

/// <summary>All there are.</summary>
internal static class QuorumExchanges
{
    public static readonly VoteExchange Vote = new();
    public static readonly BeginEpochExchange BeginEpoch = new();
    public static readonly EndEpochExchange EndEpoch = new();
    public static readonly FetchExchange Fetch = new();
    public static readonly FetchSnapshotExchange FetchSnapshot = new();
}
