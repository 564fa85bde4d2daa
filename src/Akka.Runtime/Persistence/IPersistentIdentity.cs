namespace Akka.Persistence;

/// <summary>Which history an actor owns, and which plugins keep it. The id must not change over the actor's incarnations.</summary>
public interface IPersistentIdentity
{
    string PersistenceId { get; }

    /// <summary>The configuration path of the journal plugin; empty for the default one.</summary>
    string JournalPluginId { get; }

    /// <summary>The configuration path of the snapshot plugin; empty for the default one.</summary>
    string SnapshotPluginId { get; }
}
