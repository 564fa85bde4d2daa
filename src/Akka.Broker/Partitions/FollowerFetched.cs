namespace Akka.Broker.Partitions;

/// <summary>
/// A follower has fetched from a partition that is led here, and its log agrees with the leader's up to there. Told to the leader by whoever served the fetch, beside the
/// region: it is of no use to anybody but the leadership that was read from.
/// </summary>
/// <param name="Broker">The follower.</param>
/// <param name="BrokerEpoch">As its request said.</param>
/// <param name="LeaderEpoch">Of the view that was read.</param>
/// <param name="FetchOffset">Its log end.</param>
/// <param name="LogStartOffset">Its log start.</param>
/// <param name="LeaderEnd">The leader's log end in that view.</param>
/// <param name="AtMs">When, as <see cref="PartitionServices.NowMs"/>.</param>
internal sealed record FollowerFetched(int Broker, long BrokerEpoch, int LeaderEpoch, long FetchOffset, long LogStartOffset, long LeaderEnd, long AtMs);
