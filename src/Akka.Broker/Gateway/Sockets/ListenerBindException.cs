using System.Net;
using System.Net.Sockets;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>A listener's address cannot be had: its port is in use, or the address is not this machine's. Nothing was started.</summary>
public sealed class ListenerBindException(string listener, IPEndPoint endpoint, SocketException cause)
    : Exception($"Listener '{listener}' cannot listen on {endpoint}: {Describe(cause.SocketErrorCode)}.", cause)
{
    public string Listener { get; } = listener;

    public IPEndPoint Endpoint { get; } = endpoint;

    public SocketError Error { get; } = cause.SocketErrorCode;

    private static string Describe(SocketError error) => error switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use, perhaps by another broker",
        SocketError.AddressNotAvailable => "this machine does not have the address",
        SocketError.AccessDenied => "the port may not be opened by this user",
        _ => error.ToString(),
    };
}
