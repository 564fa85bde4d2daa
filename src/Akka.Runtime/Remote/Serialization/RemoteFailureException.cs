using Akka.Actor;

namespace Akka.Remote.Serialization;

/// <summary>An exception of another system whose type is not known here.</summary>
internal sealed class RemoteFailureException(string remoteType, string message, Exception? inner) : AkkaException($"{remoteType}: {message}", inner)
{
    public string RemoteType { get; } = remoteType;
}
