using Akka.Broker.Connections;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Cluster;

/// <summary>
/// The cluster as one client sees it, and the ways to its brokers. What is asked of a broker is answered in order, so a long poll keeps what is asked behind it
/// waiting: whoever polls does it <see cref="OnLane"/> of his own. Any thread.
/// <para>
/// Every failure to reach a broker is a <see cref="BrokerUnreachableException"/>; an API that a broker does not serve is a <see cref="BrokerClientException"/>
/// with <see cref="Protocol.ErrorCode.UnsupportedVersion"/>. Error codes within answers are the asker's to read.
/// </para>
/// </summary>
internal interface IClusterClient : IAsyncDisposable
{
    /// <summary>The newest; at first <see cref="ClusterView.Unknown"/>.</summary>
    ClusterView View { get; }

    /// <summary>Told after <see cref="View"/> has changed, one change at a time, on any thread; it must not block.</summary>
    event Action<ClusterView>? Changed;

    /// <summary>
    /// Asks for the brokers and all topics that are followed, these among them from now on, and answers with a view that is newer than the call. Calls that
    /// come while one is on its way share the next. All known brokers and the bootstrap servers are tried until one answers.
    /// </summary>
    /// <exception cref="BrokerUnreachableException">None of them did within the API timeout; the next attempt is made all the same.</exception>
    ValueTask<ClusterView> RefreshAsync(IReadOnlyCollection<string> topics, CancellationToken ct);

    /// <summary>Keeps the topic in the view from now on; it is asked for soon.</summary>
    void FollowTopic(string topic);

    /// <summary>A broker's answer showed that the view of the partition is old: it is asked for soon.</summary>
    void Invalidate(string topic, int partition);

    /// <summary>A broker has named the partition's leader in a refusal (KIP-951). What is older than the view is dropped.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition's number.</param>
    /// <param name="leaderId">Its leader.</param>
    /// <param name="leaderEpoch">The leader's epoch.</param>
    /// <param name="leader">Where the leader is, if that was said.</param>
    void ApplyLeader(string topic, int partition, int leaderId, int leaderEpoch, BrokerNode? leader);

    /// <summary>
    /// Asks a broker, in the highest version that it and we know. The response holds no <c>records</c>: for these there is <see cref="AskBufferedAsync"/>.
    /// </summary>
    /// <param name="brokerId">One of the view's.</param>
    /// <param name="request">Left unchanged until it is answered; records in memory are sent from where they lie.</param>
    /// <param name="timeout">From now to the response. When it is over the connection is given up with all that waits on it.</param>
    /// <param name="ct">Gives up the answer.</param>
    ValueTask<TResponse> AskAsync<TResponse>(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct)
        where TResponse : IResponse, new();

    /// <summary>Sends a request that has no answer (Produce with acks=0). Completed when the system has taken its bytes.</summary>
    ValueTask TellAsync(int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct);

    /// <summary>As <see cref="AskAsync"/>, of any broker, one after the other until one answers or the time is over.</summary>
    ValueTask<TResponse> AskAnyAsync<TResponse>(IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
        where TResponse : IResponse, new();

    /// <summary>As <see cref="AskAsync"/>, with the pooled buffer that the response's <c>records</c> are slices of, until the caller disposes it.</summary>
    ValueTask<BrokerResponse<TResponse>> AskBufferedAsync<TResponse>(
        int brokerId, IRequest request, TimeSpan timeout, CancellationToken ct, short versionMax = short.MaxValue)
        where TResponse : IResponse, new();

    /// <summary>The same cluster and view by connections of one's own, opened when first asked. Disposing the lane closes these alone.</summary>
    /// <param name="purpose">Stands behind the client id in the brokers' logs: <c>fetch</c>, <c>group</c>, …</param>
    IClusterClient OnLane(string purpose);
}
