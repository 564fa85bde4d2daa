namespace Akka.Broker.Gateway.Fetching;

/// <summary>How a fetch names a partition: by the topic's name up to version 12, by its id from 13 on. The other part is empty.</summary>
internal readonly record struct FetchKey(string Topic, Guid TopicId, int Partition);
