namespace Akka.Actor;

/// <summary>Hears that it was called off.</summary>
internal interface ICanceled
{
    void OnCancelled();
}
