namespace Akka.Broker.Clients.Tests.Support;

/// <summary>A folder for one test, deleted with it.</summary>
public sealed class TempFolder : IDisposable
{
    public TempFolder()
    {
        Root = Directory.CreateTempSubdirectory("akka-broker-").FullName;
    }

    public string Root { get; }

    public string File(string name) => Path.Combine(Root, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A process that a failed test left behind may still write; the system's temp cleaner has the last word.
        }
    }
}
