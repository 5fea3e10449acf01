using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Optim.Cli.Bench;

/// <summary>The baseline: hand-written loops for one rule, one type and one processor.</summary>
internal static unsafe class HandWritten
{
    /// <summary>The width of the vectors, in bits: 512 if the processor supports it, else 256.</summary>
    public static int Width => Vector512.IsHardwareAccelerated ? 512 : 256;

    /// <summary>AdamW in place: step t, from 1.</summary>
    public static void AdamW(float lr, float b1, float b2, float eps, float wd, int t, float* g, float* p, float* m, float* v, int n)
    {
        float i1 = (float)(1 / (1 - Math.Pow(b1, t))), i2 = (float)(1 / (1 - Math.Pow(b2, t)));
        int done = Vector512.IsHardwareAccelerated
            ? AdamW512(lr, b1, b2, eps, wd, i1, i2, g, p, m, v, n)
            : AdamW256(lr, b1, b2, eps, wd, i1, i2, g, p, m, v, n);
        for (int i = done; i < n; i++)
        {
            m[i] = MathF.FusedMultiplyAdd(b1, m[i], (1 - b1) * g[i]);
            v[i] = MathF.FusedMultiplyAdd(b2, v[i], (1 - b2) * (g[i] * g[i]));
            float u = m[i] * i1 / (MathF.Sqrt(v[i] * i2) + eps);
            p[i] -= lr * MathF.FusedMultiplyAdd(wd, p[i], u);
        }
    }

    /// <summary><c>y += a x</c>, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Axpy(float a, float* x, float* y, int n)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var A = Vector512.Create(a);
            for (; i + 16 <= n; i += 16)
            {
                Vector512.FusedMultiplyAdd(A, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
            }
        }
        else
        {
            var A = Vector256.Create(a);
            for (; i + 8 <= n; i += 8)
            {
                Vector256.FusedMultiplyAdd(A, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int AdamW512(
        float lr, float b1, float b2, float eps, float wd, float i1, float i2, float* g, float* p, float* m, float* v, int n)
    {
        Vector512<float> B1 = Vector512.Create(b1), C1 = Vector512.Create(1 - b1), B2 = Vector512.Create(b2), C2 = Vector512.Create(1 - b2);
        Vector512<float> I1 = Vector512.Create(i1), I2 = Vector512.Create(i2), E = Vector512.Create(eps), W = Vector512.Create(wd), R = Vector512.Create(lr);
        int i = 0;
        for (; i + 16 <= n; i += 16)
        {
            Vector512<float> G = Vector512.Load(g + i), P = Vector512.Load(p + i);
            var M = Vector512.FusedMultiplyAdd(B1, Vector512.Load(m + i), C1 * G);
            var V = Vector512.FusedMultiplyAdd(B2, Vector512.Load(v + i), C2 * (G * G));
            var u = M * I1 / (Vector512.Sqrt(V * I2) + E);
            M.Store(m + i);
            V.Store(v + i);
            (P - (R * Vector512.FusedMultiplyAdd(W, P, u))).Store(p + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int AdamW256(
        float lr, float b1, float b2, float eps, float wd, float i1, float i2, float* g, float* p, float* m, float* v, int n)
    {
        Vector256<float> B1 = Vector256.Create(b1), C1 = Vector256.Create(1 - b1), B2 = Vector256.Create(b2), C2 = Vector256.Create(1 - b2);
        Vector256<float> I1 = Vector256.Create(i1), I2 = Vector256.Create(i2), E = Vector256.Create(eps), W = Vector256.Create(wd), R = Vector256.Create(lr);
        int i = 0;
        for (; i + 8 <= n; i += 8)
        {
            Vector256<float> G = Vector256.Load(g + i), P = Vector256.Load(p + i);
            var M = Vector256.FusedMultiplyAdd(B1, Vector256.Load(m + i), C1 * G);
            var V = Vector256.FusedMultiplyAdd(B2, Vector256.Load(v + i), C2 * (G * G));
            var u = M * I1 / (Vector256.Sqrt(V * I2) + E);
            M.Store(m + i);
            V.Store(v + i);
            (P - (R * Vector256.FusedMultiplyAdd(W, P, u))).Store(p + i);
        }

        return i;
    }
}
