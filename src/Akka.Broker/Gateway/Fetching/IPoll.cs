namespace Akka.Broker.Gateway.Fetching;

/// <summary>A fetch that waits. Any thread may hurry it, also when it is over.</summary>
internal interface IPoll
{
    /// <summary>It is over, whatever there is to be read: somebody wants the answer now.</summary>
    void Hurry();
}
