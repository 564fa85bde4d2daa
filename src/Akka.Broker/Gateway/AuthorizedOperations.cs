namespace Akka.Broker.Gateway;

/// <summary>
/// What a client may do, as bit fields by Kafka's operation numbers: read 3, write 4, create 5, delete 6, alter 7, describe 8, cluster action 9,
/// describe configs 10, alter configs 11, idempotent write 12. Without an authorizer that is everything that exists for the kind of resource.
/// </summary>
public static class AuthorizedOperations
{
    /// <summary>Says that nobody asked.</summary>
    public const int NotRequested = int.MinValue;

    public const int AllOfTopic = 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11;

    public const int AllOfGroup = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

    public const int AllOfCluster = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;
}
