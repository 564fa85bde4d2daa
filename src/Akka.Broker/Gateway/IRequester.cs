using System.Net;

namespace Akka.Broker.Gateway;

/// <summary>Whoever sends requests, as far as answering them goes: a connection of a socket, or one within the process.</summary>
internal interface IRequester
{
    /// <summary>Unique while the process lives.</summary>
    long Id { get; }

    /// <summary>The name of the listener that was asked.</summary>
    string Listener { get; }

    /// <summary>Whether that is the listener for brokers.</summary>
    bool IsInterBroker { get; }

    IPEndPoint Remote { get; }

    /// <summary>Cancelled when nobody waits for answers any more.</summary>
    CancellationToken Closed { get; }

    /// <summary>What holds it back.</summary>
    IRequestQuota Quota { get; }

    /// <summary>The context of the last request, to be used again by an equal one. The dispatcher's.</summary>
    RequestContext? LastContext { get; set; }
}
