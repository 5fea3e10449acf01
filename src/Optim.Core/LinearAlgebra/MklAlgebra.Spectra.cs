using System.Numerics;
using MathNet.Numerics;

namespace Optim.LinearAlgebra;

/// <content>Singular values and eigenvalues.</content>
internal sealed unsafe partial class MklAlgebra<T>
{
    /// <summary>For smaller matrices the managed eigensolver is faster: 4 us against 7 us at order 8, but 104 us against 64 us at order 32.</summary>
    private const int LeastEigen = 20;

    public void SingularValueDecomposition(bool computeVectors, T[] a, int rowsA, int columnsA, T[] s, T[] u, T[] vt)
    {
        int least = Math.Min(rowsA, columnsA);
        if (least <= 0 || !Has(a, (long)rowsA * columnsA) || !Has(s, least) || !Has(u, (long)rowsA * rowsA) || !Has(vt, (long)columnsA * columnsA) || !IsFinite(a))
        {
            managed.SingularValueDecomposition(computeVectors, a, rowsA, columnsA, s, u, vt);
            return;
        }

        int info;
        using var values = new Reals(least, mkl.IsSingle);
        fixed (T* matrix = a, left = u, right = vt)
        {
            info = Gesdd(computeVectors ? A : N, rowsA, columnsA, matrix, values, left, right);
        }

        CheckConvergence(info);
        for (int i = 0; i < least; i++)
        {
            s[i] = Number(values[i]);
        }
    }

    public void SvdSolve(T[] a, int rowsA, int columnsA, T[] b, int columnsB, T[] x)
    {
        int least = Math.Min(rowsA, columnsA);
        if (least <= 0 || !Has(a, (long)rowsA * columnsA) || !Has(b, (long)rowsA * columnsB) || !Has(x, (long)columnsA * columnsB))
        {
            managed.SvdSolve(a, rowsA, columnsA, b, columnsB, x);
            return;
        }

        T[] s = new T[least], u = new T[rowsA * rowsA], vt = new T[columnsA * columnsA];
        SingularValueDecomposition(true, (T[])a.Clone(), rowsA, columnsA, s, u, vt);
        SvdSolveFactored(rowsA, columnsA, s, u, vt, b, columnsB, x);
    }

    // A few matrix-vector products: what takes time is done.
    public void SvdSolveFactored(int rowsA, int columnsA, T[] s, T[] u, T[] vt, T[] b, int columnsB, T[] x) =>
        managed.SvdSolveFactored(rowsA, columnsA, s, u, vt, b, columnsB, x);

    public void EigenDecomp(bool isSymmetric, int order, T[] matrix, T[] matrixEv, Complex[] vectorEv, T[] matrixD)
    {
        long size = (long)order * order;
        if (order < LeastEigen || !Has(matrix, size) || !Has(matrixEv, size) || !Has(vectorEv, order) || !Has(matrixD, size) || !IsFinite(matrix))
        {
            managed.EigenDecomp(isSymmetric, order, matrix, matrixEv, vectorEv, matrixD);
            return;
        }

        if (isSymmetric)
        {
            matrix.CopyTo(matrixEv, 0);
            Symmetric(order, matrixEv, vectorEv);
        }
        else
        {
            General(order, (T[])matrix.Clone(), matrixEv, vectorEv);
        }

        Array.Clear(matrixD);
        for (int i = 0; i < order; i++)
        {
            matrixD[(i * order) + i] = Number(vectorEv[i].Real, vectorEv[i].Imaginary);
            if (!mkl.IsComplex && vectorEv[i].Imaginary != 0)
            {
                // A pair of complex eigenvalues is a block of 2 by 2 on the diagonal; the one with the positive imaginary part comes first.
                int other = vectorEv[i].Imaginary > 0 ? i + 1 : i - 1;
                matrixD[(other * order) + i] = Number(vectorEv[i].Imaginary);
            }
        }
    }

    private static void CheckConvergence(int info)
    {
        CheckArguments(info);
        if (info > 0)
        {
            throw new NonConvergenceException();
        }
    }

    private int Gesdd(byte job, int rows, int columns, T* a, Reals values, T* u, T* vt)
    {
        int info, length = -1;
        long least = Math.Min(rows, columns), most = Math.Max(rows, columns);
        using var whole = new Scratch<int>(8 * least);
        using var real = new Reals(mkl.IsComplex ? Math.Max((5 * least * least) + (7 * least), (2 * most * least) + (2 * least * least) + least) : 0, mkl.IsSingle);
        int* integers = whole.Pointer;
        T answer;
        Call(&answer);
        CheckArguments(info);
        length = WorkspaceLength(answer);
        using var work = new Scratch<T>(length);
        Call(work.Pointer);
        return info;

        void Call(T* workspace)
        {
            int m = rows, n = columns, lwork = length, result;
            byte letter = job;
            if (mkl.IsComplex)
            {
                ((delegate* unmanaged<byte*, int*, int*, T*, int*, void*, T*, int*, T*, int*, T*, int*, void*, int*, int*, void>)mkl.Gesdd)(
                    &letter, &m, &n, a, &m, values.Pointer, u, &m, vt, &n, workspace, &lwork, real.Pointer, integers, &result);
            }
            else
            {
                ((delegate* unmanaged<byte*, int*, int*, T*, int*, void*, T*, int*, T*, int*, T*, int*, int*, int*, void>)mkl.Gesdd)(
                    &letter, &m, &n, a, &m, values.Pointer, u, &m, vt, &n, workspace, &lwork, integers, &result);
            }

            info = result;
        }
    }

    private void Symmetric(int order, T[] matrix, Complex[] eigenvalues)
    {
        using var values = new Reals(order, mkl.IsSingle);
        int info, integers, lwork = -1, lrwork = -1, liwork = -1;
        double reals;
        T answer;
        fixed (T* a = matrix)
        {
            Call(a, &answer, (byte*)&reals, &integers);
            CheckArguments(info);
            lwork = WorkspaceLength(answer);
            liwork = integers;
            lrwork = mkl.IsComplex ? WorkspaceLength(Number(mkl.IsSingle ? *(float*)&reals : reals)) : 1;
            using var work = new Scratch<T>(lwork);
            using var real = new Reals(lrwork, mkl.IsSingle);
            using var whole = new Scratch<int>(liwork);
            Call(a, work.Pointer, real.Pointer, whole.Pointer);
        }

        CheckConvergence(info);
        for (int i = 0; i < order; i++)
        {
            eigenvalues[i] = values[i];
        }

        void Call(T* a, T* work, byte* real, int* whole)
        {
            int n = order, lengthWork = lwork, lengthReal = lrwork, lengthWhole = liwork, result;
            byte job = V, triangle = L;
            if (mkl.IsComplex)
            {
                ((delegate* unmanaged<byte*, byte*, int*, T*, int*, void*, T*, int*, void*, int*, int*, int*, int*, void>)mkl.Syevd)(
                    &job, &triangle, &n, a, &n, values.Pointer, work, &lengthWork, real, &lengthReal, whole, &lengthWhole, &result);
            }
            else
            {
                ((delegate* unmanaged<byte*, byte*, int*, T*, int*, void*, T*, int*, int*, int*, int*, void>)mkl.Syevd)(
                    &job, &triangle, &n, a, &n, values.Pointer, work, &lengthWork, whole, &lengthWhole, &result);
            }

            info = result;
        }
    }

    private void General(int order, T[] matrix, T[] vectors, Complex[] eigenvalues)
    {
        // Complex: the eigenvalues themselves. Real: their real parts, then their imaginary parts.
        using var values = new Scratch<T>(2L * order);
        using var real = new Reals(2L * order, mkl.IsSingle);
        int info, lwork = -1;
        T answer;
        fixed (T* a = matrix, right = vectors)
        {
            Call(a, right, &answer);
            CheckArguments(info);
            lwork = WorkspaceLength(answer);
            using var work = new Scratch<T>(lwork);
            Call(a, right, work.Pointer);
        }

        CheckConvergence(info);
        for (int i = 0; i < order; i++)
        {
            eigenvalues[i] = mkl.IsComplex ? Widen(values.Pointer[i]) : new(Widen(values.Pointer[i]).Real, Widen(values.Pointer[order + i]).Real);
        }

        void Call(T* a, T* right, T* work)
        {
            int n = order, length = lwork, result;
            byte none = N, wanted = V;
            if (mkl.IsComplex)
            {
                ((delegate* unmanaged<byte*, byte*, int*, T*, int*, T*, T*, int*, T*, int*, T*, int*, void*, int*, void>)mkl.Geev)(
                    &none, &wanted, &n, a, &n, values.Pointer, null, &n, right, &n, work, &length, real.Pointer, &result);
            }
            else
            {
                ((delegate* unmanaged<byte*, byte*, int*, T*, int*, T*, T*, T*, int*, T*, int*, T*, int*, int*, void>)mkl.Geev)(
                    &none, &wanted, &n, a, &n, values.Pointer, values.Pointer + n, null, &n, right, &n, work, &length, &result);
            }

            info = result;
        }
    }
}
