namespace Akka.Broker.Storage;

/// <summary>How a data folder is.</summary>
/// <param name="Path">As the settings name it.</param>
/// <param name="Failure">Why it is offline, with the logs in it, until the next start; null while it is served.</param>
public sealed record DataFolderState(string Path, Exception? Failure)
{
    public bool IsOffline => Failure is not null;
}
