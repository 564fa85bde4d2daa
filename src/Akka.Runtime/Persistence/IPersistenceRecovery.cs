namespace Akka.Persistence;

/// <summary>An actor that says from where to where it is recovered.</summary>
public interface IPersistenceRecovery
{
    Recovery Recovery { get; }
}
